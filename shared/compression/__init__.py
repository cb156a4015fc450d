"""Smaller forms of a trained model, each with what it costs in accuracy, and whom."""
