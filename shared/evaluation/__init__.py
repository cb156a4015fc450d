"""Predictions to numbers with intervals. Only `predict.py` may import TensorFlow."""
