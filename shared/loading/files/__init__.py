"""One strict reader a kind of file."""
