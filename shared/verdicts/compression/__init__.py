"""The verdict of a smaller model."""
