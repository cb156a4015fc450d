"""Datasets: generators of bundled known-answer data and builders of public datasets, one folder each."""
