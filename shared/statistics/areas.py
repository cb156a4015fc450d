"""Areas under ROC and precision-recall curves: of one sample with its variance, and of resamples.

The variance and the tests are those of DeLong, DeLong & Clarke-Pearson 1988, by entity (Obuchowski
1997, section 2), in n log n by midranks (Sun & Xu 2014, eq. 5). Each entity has an influence on an
area; the variance of an area is the sum of their squares, the covariance of two that of their
products. So an average of areas over classes, or a difference between models, is the same average
or difference of influences. No library of this project has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit, logit
from scipy.stats import norm, rankdata, t

from shared.statistics.bootstrap import entity_sums, in_pieces
from shared.statistics.intervals import Estimate, Interval, wilson_interval
from shared.statistics.significance import PairedTest

__all__ = [
    "RankedArea",
    "area_difference",
    "area_estimate",
    "area_under_curve",
    "delong_test",
    "difference_estimate",
    "mean_area",
    "ranked_area",
    "ranking_areas",
]

Evaluate = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_TOO_FEW = "fewer than two entities have positives, or negatives"


@dataclass(frozen=True)
class RankedArea:
    """An area under a ROC curve, or a mean or difference of such, with its variance by entity.

    Attributes:
        value: NaN if there are no positives, or no negatives.
        influence: (entities,) float64; the sum of its squares is the variance of `value`.
        num_entities: Entities with positives, or with negatives: the fewer.
    """

    value: float
    influence: NDArray[np.float64]
    num_entities: int

    @property
    def standard_error(self) -> float:
        """The square root of the variance."""
        return math.sqrt(float((self.influence**2).sum()))


def ranked_area(
    positive: NDArray[np.bool_],
    scores: NDArray[np.float64],
    codes: NDArray[np.int64],
    num_entities: int,
) -> RankedArea:
    """The area under the ROC curve of one class against the rest.

    Args:
        positive: (n,) bool.
        scores: (n,) float64, higher for positives.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    sides = (positive, ~positive)
    counts = [len(np.unique(codes[side])) for side in sides]
    if min(counts) == 0:
        return RankedArea(math.nan, np.zeros(num_entities), 0)
    area, *placed = _placements(positive, scores)
    influence = np.zeros(num_entities)
    for side, values, count in zip(sides, placed, counts, strict=True):
        # With one row an entity this gives the n - 1 of DeLong's variances.
        correction = math.sqrt(count / (count - 1)) if count > 1 else 1.0
        sums = np.bincount(codes[side], weights=values - area, minlength=num_entities)
        influence += correction / len(values) * sums
    return RankedArea(area, influence, min(counts))


def mean_area(areas: Sequence[RankedArea]) -> RankedArea:
    """The mean of the areas that are defined.

    It rests on as many entities as the area with the fewest.
    """
    defined = [area for area in areas if math.isfinite(area.value)]
    if not defined:
        return RankedArea(math.nan, np.zeros(0), 0)
    influence = np.mean([area.influence for area in defined], axis=0)
    return RankedArea(
        float(np.mean([area.value for area in defined])),
        influence,
        min(area.num_entities for area in defined),
    )


def area_difference(first: RankedArea, second: RankedArea) -> RankedArea:
    """First minus second, on the same rows."""
    return RankedArea(
        first.value - second.value,
        first.influence - second.influence,
        min(first.num_entities, second.num_entities),
    )


def area_estimate(area: RankedArea, confidence: float) -> Estimate:
    """The area with its interval on the logit scale, which stays in [0, 1] (Pepe 2003)."""
    if reason := _unavailable(area):
        return Estimate.of(area.value, None, reason)
    spread = area.value * (1.0 - area.value)
    if spread <= 0.0 or area.standard_error == 0.0:
        # Perfect separation of a few entities does not prove that there is no overlap.
        return Estimate.of(area.value, wilson_interval(area.value, area.num_entities, confidence))
    half = _critical_value(area, confidence) * area.standard_error / spread
    low, high = (float(expit(logit(area.value) + step)) for step in (-half, half))
    return Estimate.of(area.value, Interval(low, high))


def difference_estimate(difference: RankedArea, confidence: float) -> Estimate:
    """A difference of areas with its interval."""
    if reason := _unavailable(difference):
        return Estimate.of(difference.value, None, reason)
    if difference.standard_error == 0.0:
        return Estimate.of(difference.value, None, "no interval: no entity tells the two apart")
    half = _critical_value(difference, confidence) * difference.standard_error
    return Estimate.of(
        difference.value,
        Interval(max(-1.0, difference.value - half), min(1.0, difference.value + half)),
    )


def delong_test(first: RankedArea, second: RankedArea, *, by_entity: bool) -> PairedTest:
    """Test whether two areas, or two means of areas over classes, are equal.

    Args:
        first: Of the first model.
        second: Of the second, on the same rows.
        by_entity: Whether entities have several rows; with one each this is DeLong's test.

    Returns:
        The difference of the areas; the statistic is z.
    """
    name = "DeLong by entity" if by_entity else "DeLong"
    found = area_difference(first, second)
    if found.num_entities < 2:
        return PairedTest(name, math.nan, math.nan, math.nan, _TOO_FEW)
    if found.standard_error <= 0.0:
        is_same = found.value == 0.0
        return PairedTest(
            name, found.value, 0.0, 1.0 if is_same else math.nan, "" if is_same else "no spread"
        )
    statistic = found.value / found.standard_error
    return PairedTest(name, found.value, statistic, 2.0 * float(norm.sf(abs(statistic))))


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


def _placements(
    positive: NDArray[np.bool_], scores: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Area; share of negatives below each positive; share of positives above each negative."""
    # Sun & Xu 2014, eq. 5: a row's rank among all minus its rank among its own side is the number
    # of rows of the other side that it outscores, ties counting half.
    ranks = rankdata(scores)
    own_ranks = rankdata(scores[positive])
    of_positives = (ranks[positive] - own_ranks) / (~positive).sum()
    own_ranks = rankdata(scores[~positive])
    of_negatives = 1.0 - (ranks[~positive] - own_ranks) / positive.sum()
    return float(of_positives.mean()), of_positives, of_negatives


def _unavailable(area: RankedArea) -> str:
    if not math.isfinite(area.value):
        return "undefined: no row of the class, or none of another"
    return f"no interval: {_TOO_FEW}" if area.num_entities < 2 else ""


def _critical_value(area: RankedArea, confidence: float) -> float:
    return float(t.ppf(0.5 + confidence / 2.0, area.num_entities - 1))
