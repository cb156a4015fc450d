"""Whether everyone who loads or serves an export gets the same answers."""
