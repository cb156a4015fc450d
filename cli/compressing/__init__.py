"""The `compress` command, and what it does."""
