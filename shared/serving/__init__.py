"""The SavedModel: one graph from wire format to answer, proven to equal the Keras model."""
