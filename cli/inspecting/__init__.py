"""What `inspect` finds out beside the datasheet: the pipeline, and the settings it needs."""
