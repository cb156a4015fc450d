"""Shapley values over a pipeline's segments, and how faithful they are."""
