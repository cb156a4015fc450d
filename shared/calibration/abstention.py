"""When a model should abstain: the confidence below which it defers a row to a person."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

__all__ = ["GUARANTEE", "abstention_threshold"]

GUARANTEE = 0.95
"""Probability, over validation splits, that the error share of what is answered stays below the
requested one."""


def abstention_threshold(
    confidence: NDArray[np.float64], correct: NDArray[np.bool_], max_error_share: float
) -> float | None:
    """The lowest confidence from which on answers are wrong at most as often as requested.

    This holds with probability `GUARANTEE`. Geifman & El-Yaniv 2017, algorithm 2: a binary search
    over thresholds, each judged by the exact binomial upper bound of the error share among the rows
    above it, at a level shared out over the steps of the search. It counts rows as independent.

    Args:
        confidence: (n,) probability of the predicted class on validation.
        correct: (n,) whether the prediction is true.
        max_error_share: Requested, in (0, 1).

    Returns:
        The threshold; None if not even the most confident rows are known to be right often enough.
    """
    order = np.argsort(-confidence, kind="stable")
    levels = confidence[order]
    errors = np.cumsum(~correct[order])
    steps = max(1, math.ceil(math.log2(max(len(levels), 2))))
    risk = (1.0 - GUARANTEE) / steps  # Bonferroni's share of each step
    found = None
    low = 1
    high = len(levels)
    while low <= high:
        middle = (low + high) // 2
        # Rows that tie with the last one are answered too.
        answered = int(np.searchsorted(-levels, -levels[middle - 1], side="right"))
        if _upper_bound(int(errors[answered - 1]), answered, risk) <= max_error_share:
            found = float(levels[middle - 1])
            low = answered + 1
        else:
            high = middle - 1
    return found


def _upper_bound(num_errors: int, num_rows: int, risk: float) -> float:
    """Exact upper confidence bound of a share (Clopper & Pearson 1934)."""
    if num_errors >= num_rows:
        return 1.0
    return float(beta.ppf(1.0 - risk, num_errors + 1, num_rows - num_errors))
