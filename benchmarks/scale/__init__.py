"""How time and memory of the stages behind prediction grow with the data."""
