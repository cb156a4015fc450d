"""The area under the ROC curve of one sample, with its variance.

The variance and the tests are those of DeLong, DeLong & Clarke-Pearson 1988, by entity (Obuchowski
1997, section 2), in n log n by midranks (Sun & Xu 2014, eq. 5). Each entity has an influence on an
area; the variance of an area is the sum of their squares, the covariance of two that of their
products. So an average of areas over classes, or a difference between models, is the same average
or difference of influences. No library of this project has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm, rankdata, t

from shared.statistics.intervals import Estimate, Interval, wilson_interval
from shared.statistics.significance import PairedTest

__all__ = [
    "RankedArea",
    "area_difference",
    "area_estimate",
    "delong_test",
    "difference_estimate",
    "mean_area",
    "ranked_area",
]

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
