"""Saving all that a training knows, and going on from there."""
