"""The SavedModel: one graph from wire format to decision, and the proof that it equals the Keras model."""
