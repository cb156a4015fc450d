"""The `new` command, and what it does."""
