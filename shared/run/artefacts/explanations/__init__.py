"""Blocks of `explanations.json`: rows, checks, and what holds over many rows."""
