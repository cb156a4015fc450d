"""What can prove an explanation wrong: one test a file."""
