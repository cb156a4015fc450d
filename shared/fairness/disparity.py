"""Signed gaps of each group against the pooled rest, with intervals by entity.

A gap can be 0 or of either sign, so its interval can say "no gap". The largest minus the smallest error can't: it is never negative,
its bootstrap lies above 0 even without any gap, and it therefore gets a permutation test and no interval.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.evaluation.bootstrap import Statistic, entity_sums
from shared.evaluation.intervals import Measure
from shared.fairness.disaggregate import GroupedErrors, GroupSize

__all__ = ["CaseMix", "case_mix_statistic", "gap_statistic"]

Evaluate = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class CaseMix:
    """What the gaps are standardised by: (n,) int64 class of each row, and the number of classes."""

    labels: NDArray[np.int64]
    num_classes: int


def gap_statistic(grouped: GroupedErrors, sizes: list[GroupSize], metric: str) -> Statistic:
    """Each group's mean error minus that of all other known rows, by group; positive means the group fares worse.

    Suppressed groups are part of the rest, but get no gap; rows of unknown group take no part. At least two groups must be shown:
    else the rest consists of suppressed groups, and the gap would tell what suppression withholds.
    """
    single = np.zeros(len(grouped.cells), dtype=np.int64)
    return _statistic(grouped, sizes, metric, _standardised_gaps(grouped, grouped.errors[metric], single, 1))


def case_mix_statistic(grouped: GroupedErrors, sizes: list[GroupSize], metric: str, mix: CaseMix) -> Statistic:
    """The gap of each group that remains if every group had the same share of each class (direct standardisation), by group.

    Differences in error rates are often differences in what the groups consist of. Classes are weighted by their share among all
    known rows, over the classes that both the group and the rest have.
    """
    evaluate = _standardised_gaps(grouped, grouped.errors[metric], mix.labels, mix.num_classes)
    return _statistic(grouped, sizes, metric, evaluate)


def _standardised_gaps(grouped: GroupedErrors, errors: NDArray[np.float64], labels: NDArray[np.int64], num_classes: int) -> Evaluate:
    """Weights (entities, resamples) -> gaps (known groups, resamples)."""
    known = np.array([grouped.groups[cell] != UNKNOWN for cell in range(len(grouped.groups))])
    num_groups = int(known.sum())  # the unknown are last
    rows = np.flatnonzero(known[grouped.cells])
    cells, codes = grouped.cells[rows] * num_classes + labels[rows], grouped.codes[rows]
    size = num_groups * num_classes
    sums = entity_sums(codes, grouped.num_entities, cells, errors[rows], size)
    counts = entity_sums(codes, grouped.num_entities, cells, np.ones(len(rows)), size)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        error, count = ((matrix @ weights).reshape(num_groups, num_classes, -1) for matrix in (sums, counts))
        all_errors, all_counts = error.sum(axis=0), count.sum(axis=0)  # (classes, resamples)
        difference = _ratio(error, count) - _ratio(all_errors - error, all_counts - count)
        weight = np.where(np.isfinite(difference), all_counts, 0.0)
        return _ratio((np.nan_to_num(difference) * weight).sum(axis=1), weight.sum(axis=1))

    return evaluate


def _statistic(grouped: GroupedErrors, sizes: list[GroupSize], metric: str, evaluate: Evaluate) -> Statistic:
    shown = [cell for cell, size in enumerate(sizes) if size.group != UNKNOWN and not size.suppressed]
    highest = grouped.bounds[metric]
    measures = tuple(Measure(sizes[cell].group, _smaller_side(grouped, cell), -highest, highest) for cell in shown)
    return Statistic(measures, lambda weights: evaluate(weights)[shown])


def _smaller_side(grouped: GroupedErrors, cell: int) -> int:
    known = np.array([group != UNKNOWN for group in grouped.groups])[grouped.cells]
    inside = grouped.cells == cell
    return min(len(np.unique(grouped.codes[inside])), len(np.unique(grouped.codes[known & ~inside])))


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), np.nan)
