"""The small page of the local server: give it an input, see the answer and how far to trust it."""
