"""Datasets: generators of embedded known-answer data and builders of public datasets, one folder each."""
