"""The library that all pipelines share. It knows kinds of targets, never domains."""
