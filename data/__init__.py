"""Datasets, one folder each: bundled generators of known-answer data, builders of public ones."""
