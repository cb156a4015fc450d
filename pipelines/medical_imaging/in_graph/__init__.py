"""Image files as the served graph reads them: in stock TensorFlow operations."""
