"""A run as a program holds it: begun, opened, asked. Command line and notebooks both come here."""
