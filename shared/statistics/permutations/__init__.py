"""Permutation tests: what is exchanged, and how often chance does as well."""
