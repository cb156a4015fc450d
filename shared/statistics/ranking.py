"""Areas under the ROC and the precision-recall curve of every resample at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import entity_sums

__all__ = ["area_under_curve", "ranking_areas"]

Evaluate = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def ranking_areas(
    scores: NDArray[np.float64],
    positive: NDArray[np.bool_],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Evaluate:
    """Area under the ROC curve and average precision, from one pass over the ranks.

    The first is the probability that a positive row outscores a negative one, ties counting half
    (Hanley & McNeil 1982); the second the mean, over positive rows, of the precision among all rows
    that score at least as high (as scikit-learn defines it).

    The order of rows is the same in every resample, so it is sorted once. Negatives are summed
    between neighbouring scores of positives; their running sum at a positive is the weight that it
    outscores, what is left the weight that outscores it.

    Args:
        scores: (n,) float64.
        positive: (n,) bool.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.

    Returns:
        A function of weights (entities, resamples), giving (2, resamples) in [0, 1]; NaN where one
        side has no weight.
    """
    levels, level_of_positive = np.unique(scores[positive], return_inverse=True)
    negative_scores, negative_codes = scores[~positive], codes[~positive]
    # Cell 2k: negatives between levels k - 1 and k; cell 2k + 1: negatives at level k; the last
    # cell: negatives above all.
    left, right = (
        np.searchsorted(levels, negative_scores, side=side) for side in ("left", "right")
    )
    num_cells = 2 * len(levels) + 1
    negatives = entity_sums(
        negative_codes, num_entities, left + right, np.ones(len(negative_codes)), num_cells
    )
    positives = entity_sums(
        codes[positive], num_entities, level_of_positive, np.ones(int(positive.sum())), len(levels)
    )

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        cells, held = (
            negatives @ weights,
            positives @ weights,
        )  # (cells, resamples), (levels, resamples)
        below = np.cumsum(cells, axis=0)
        num_negative, num_positive = below[-1], held.sum(axis=0)
        outscored = below[0:-1:2] + 0.5 * cells[1::2]  # (levels, resamples)
        found = num_positive - np.cumsum(held, axis=0) + held  # positives at or above each level
        flagged = found + (num_negative - below[0:-1:2])
        precision = np.divide(found, flagged, out=np.zeros_like(found), where=flagged > 0)
        defined = (num_positive > 0) & (num_negative > 0)
        area = np.einsum("lr,lr->r", held, outscored) / np.where(
            defined, num_positive * num_negative, np.nan
        )
        return np.stack(
            [area, np.einsum("lr,lr->r", held, precision) / np.where(defined, num_positive, np.nan)]
        )

    return evaluate


def area_under_curve(
    scores: NDArray[np.float64],
    positive: NDArray[np.bool_],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Evaluate:
    """The first of `ranking_areas`.

    A function of weights (entities, resamples), giving (resamples,).
    """
    both = ranking_areas(scores, positive, codes, num_entities)
    return lambda weights: both(weights)[0]
