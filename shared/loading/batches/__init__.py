"""From examples to batches: prepared once, read from memory, disk or source."""
