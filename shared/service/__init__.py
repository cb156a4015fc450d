"""A local server with TensorFlow Serving's contract, for machines without its image."""
