"""Streams of random numbers: every table that draws resamples has its own, for one seed of a run.

A stream is the second number of a seed sequence, `(train.seed, stream, …)`. Tables of equal streams
would draw the same resamples, which pairs their numbers; unequal ones are independent. If a number
changes here, every interval of its table changes.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Stream"]


class Stream(IntEnum):
    """What draws random numbers after a model is trained."""

    METRICS = 101
    """Metrics of the test split and their differences to baselines. Tables of decisions, forecasts
    and mitigations too: a number that stands in several has one interval."""
    PERTURBATIONS = 103
    GROUPS = 104
    """Groups of one attribute."""
    GROUP_PAIRS = 105
    """Groups of two attributes at once."""
    PAIRED_TESTS = 107
    OOD = 109
    FOLDS = 113
    """Folds of a cross-validation."""
    COMPARISON = 113
    """Two runs compared: never in one run with `FOLDS`, whose number it has had from the start."""
    BEHAVIOURS = 127
    SET_COVERAGE = 131
    EXPLANATIONS = 137
