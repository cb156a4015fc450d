"""Areas under the ROC and the precision-recall curve of every resample at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.bootstrap import entity_sums

__all__ = ["area_under_curve", "average_precision"]


def area_under_curve(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], codes: NDArray[np.int64], num_entities: int
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The probability that a positive row outscores a negative one, ties counting half (Hanley & McNeil 1982).

    The order of rows is the same in every resample, so it is sorted once. Negatives are summed between neighbouring scores of
    positives; their running sum at a positive is the weight that it outscores.

    Args:
        scores: (n,) float64.
        positive: (n,) bool.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.

    Returns:
        A function of weights (entities, resamples), giving (resamples,) in [0, 1]; NaN where one side has no weight.
    """
    levels, level_of_positive = np.unique(scores[positive], return_inverse=True)
    negative_scores, negative_codes = scores[~positive], codes[~positive]
    # Cell 2k: negatives between levels k - 1 and k; cell 2k + 1: negatives at level k; the last cell: negatives above all.
    left, right = (np.searchsorted(levels, negative_scores, side=side) for side in ("left", "right"))
    num_cells = 2 * len(levels) + 1
    negatives = entity_sums(negative_codes, num_entities, left + right, np.ones(len(negative_codes)), num_cells)
    positives = entity_sums(codes[positive], num_entities, level_of_positive, np.ones(int(positive.sum())), len(levels))

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        cells = negatives @ weights  # (cells, resamples)
        running = np.cumsum(cells, axis=0)
        outscored = running[0:-1:2] + 0.5 * cells[1::2]  # (levels, resamples)
        held = positives @ weights
        pairs = held.sum(axis=0) * running[-1]
        return np.where(pairs > 0, np.einsum("lr,lr->r", held, outscored) / np.where(pairs > 0, pairs, 1.0), np.nan)

    return evaluate


def average_precision(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], codes: NDArray[np.int64], num_entities: int
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The mean, over positive rows, of the precision among all rows that score at least as high (as scikit-learn defines it).

    Args:
        scores: (n,) float64.
        positive: (n,) bool.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.

    Returns:
        A function of weights (entities, resamples), giving (resamples,) in [0, 1]; NaN where one side has no weight.
    """
    levels, level_of_positive = np.unique(scores[positive], return_inverse=True)
    # Cell k: negatives that reach the first k levels of positives, counted from the lowest.
    reached = np.searchsorted(levels, scores[~positive], side="right")
    negatives = entity_sums(codes[~positive], num_entities, reached, np.ones(len(reached)), len(levels) + 1)
    positives = entity_sums(codes[positive], num_entities, level_of_positive, np.ones(int(positive.sum())), len(levels))

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        held, cells = positives @ weights, negatives @ weights
        found = np.cumsum(held[::-1], axis=0)[::-1]  # (levels, resamples): positives at or above each level
        flagged = found + np.cumsum(cells[::-1], axis=0)[::-1][1:]
        precision = np.where(flagged > 0, found / np.where(flagged > 0, flagged, 1.0), 0.0)
        total = held.sum(axis=0)
        defined = (total > 0) & (cells.sum(axis=0) > 0)
        return np.where(defined, np.einsum("lr,lr->r", held, precision) / np.where(defined, total, 1.0), np.nan)

    return evaluate
