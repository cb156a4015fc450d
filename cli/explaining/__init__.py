"""The `explain` command, and what it does."""
