"""Areas under ROC and precision-recall curves as functions of entity weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from shared.statistics.bootstrap import in_pieces
from shared.statistics.entities import entity_sums

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
    counts = _RankedCounts.of(scores, positive, codes, num_entities)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        sides = counts.weighed(weights)
        # Positives at or above each level, then all rows.
        found = sides.num_positive - np.cumsum(sides.held, axis=0) + sides.held
        flagged = found + (sides.num_negative - sides.below[0:-1:2])
        precision = np.divide(found, flagged, out=np.zeros_like(found), where=flagged > 0)
        average_precision = np.einsum("lr,lr->r", sides.held, precision)
        total = np.where(sides.is_defined, sides.num_positive, np.nan)
        return np.stack([sides.area(), average_precision / total])

    # Two of two numbers a level, and six of one.
    return in_pieces(evaluate, held=10 * counts.num_levels)


def area_under_curve(
    scores: NDArray[np.float64],
    positive: NDArray[np.bool_],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Evaluate:
    """The first of `ranking_areas`, in half the time.

    A function of weights (entities, resamples), giving (resamples,).
    """
    counts = _RankedCounts.of(scores, positive, codes, num_entities)
    # Two of two numbers a level, and three of one.
    return in_pieces(lambda weights: counts.weighed(weights).area(), held=7 * counts.num_levels)


@dataclass(frozen=True)
class _Sides:
    """Weights of positives and negatives along the scores of positives, the levels.

    Attributes:
        cells: (2 levels + 1, resamples) negatives, as `_negatives_between` divides them.
        below: Their running sum.
        held: (levels, resamples) positives.
    """

    cells: NDArray[np.float64]
    below: NDArray[np.float64]
    held: NDArray[np.float64]
    num_positive: NDArray[np.float64]

    @property
    def num_negative(self) -> NDArray[np.float64]:
        """(resamples,)."""
        return np.asarray(self.below[-1])

    @property
    def is_defined(self) -> NDArray[np.bool_]:
        """(resamples,): whether both sides have weight."""
        return (self.num_positive > 0) & (self.num_negative > 0)

    def area(self) -> NDArray[np.float64]:
        """(resamples,): under the ROC curve."""
        # (levels, resamples): the negatives that each level outscores; ties count half.
        outscored = self.below[0:-1:2] + 0.5 * self.cells[1::2]
        num_pairs = np.where(self.is_defined, self.num_positive * self.num_negative, np.nan)
        return np.asarray(np.einsum("lr,lr->r", self.held, outscored) / num_pairs)


@dataclass(frozen=True)
class _RankedCounts:
    """Rows by score and entity, sorted once for all resamples.

    Attributes:
        negatives: (2 levels + 1, entities) sparse.
        positives: (levels, entities) sparse.
    """

    negatives: csr_array
    positives: csr_array

    @classmethod
    def of(
        cls,
        scores: NDArray[np.float64],
        positive: NDArray[np.bool_],
        codes: NDArray[np.int64],
        num_entities: int,
    ) -> _RankedCounts:
        levels, level_of_positive = np.unique(scores[positive], return_inverse=True)
        negatives = _negatives_between(levels, scores[~positive], codes[~positive], num_entities)
        num_rows = np.ones(len(level_of_positive))
        held = entity_sums(codes[positive], num_entities, level_of_positive, num_rows, len(levels))
        return cls(negatives, held)

    @property
    def num_levels(self) -> int:
        """Different scores of positives."""
        return int(self.positives.shape[0])

    def weighed(self, weights: NDArray[np.float64]) -> _Sides:
        """With weights (entities, resamples)."""
        cells = self.negatives @ weights
        held = self.positives @ weights
        return _Sides(cells, np.cumsum(cells, axis=0), held, held.sum(axis=0))


def _negatives_between(
    levels: NDArray[np.float64],
    scores: NDArray[np.float64],
    codes: NDArray[np.int64],
    num_entities: int,
) -> csr_array:
    """Negatives by where they stand among the positives' scores, a sparse (cells, entities) matrix.

    Cell 2k: between levels k - 1 and k; cell 2k + 1: at level k; the last cell: above all.
    """
    left = np.searchsorted(levels, scores, side="left")
    right = np.searchsorted(levels, scores, side="right")
    return entity_sums(codes, num_entities, left + right, np.ones(len(codes)), 2 * len(levels) + 1)
