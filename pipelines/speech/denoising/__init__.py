"""Noise removal in front of the recogniser: a mask over time and frequency, fitted by this run."""
