"""Whether confidence means what it says within each group.

The calibration error of each, and a curve where there are rows for one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.fairness.gaps.group_metric import GroupRate, safe_ratio
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups
from shared.statistics.bootstrap import Resampling, Statistic, entity_sums, estimates
from shared.statistics.intervals import Interval, Measure
from shared.statistics.shares import clustered_share
from shared.targets.reliability import equal_mass_bins

__all__ = ["GROUP_BINS", "CurvePoint", "GroupReliability", "assess_reliability"]

GROUP_BINS = 5
"""Bins of a group's calibration error: the same number for all, since the error grows with the bins
and falls with the rows."""

METRIC = "ece"


@dataclass(frozen=True)
class CurvePoint:
    """One bin of a group's reliability curve.

    Attributes:
        num_rows: Rows in the bin.
        confidence: Their mean confidence.
        correct: The share of them that is correct.
        interval: Wilson's of that share, by entity.
    """

    num_rows: int
    confidence: float
    correct: float
    interval: Interval | None


@dataclass(frozen=True)
class GroupReliability:
    """One group's calibration error and its curve.

    Attributes:
        error: Expected calibration error, as `error.value`.
        curve: One point for each bin that holds rows; empty if bins would hold too few rows.
    """

    error: GroupRate
    curve: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class _GroupRows:
    """The rows of one group.

    Attributes:
        confidence: (n,) float64.
        correct: (n,) float64, 0 or 1.
        codes: (n,) int64 entities.
        bins: (n,) int64, of equal mass within the group.
    """

    confidence: NDArray[np.float64]
    correct: NDArray[np.float64]
    codes: NDArray[np.int64]
    bins: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        confidence: NDArray[np.float64],
        correct: NDArray[np.float64],
        grouped: GroupedErrors,
        cell: int,
    ) -> _GroupRows:
        rows = np.flatnonzero(grouped.cells == cell)
        bins = equal_mass_bins(confidence[rows], GROUP_BINS)
        return cls(confidence[rows], correct[rows], grouped.codes[rows], bins)


def assess_reliability(
    confidence: NDArray[np.float64],
    correct: NDArray[np.float64],
    groups: SizedGroups,
    resampling: Resampling,
) -> list[GroupReliability]:
    """Expected calibration error of each tested group, over bins of equal mass within the group.

    Of few rows it is large whatever the model, so smaller groups have none.

    Args:
        confidence: (n,) float64: probability of the predicted class.
        correct: (n,) float64: 1 where the prediction is true, else 0.
        groups: The attribute; its rows are these.
        resampling: Of entities.
    """
    if not groups.tested:
        return []
    grouped = groups.grouped
    rows = {cell: _GroupRows.of(confidence, correct, grouped, cell) for cell in groups.tested}
    measures = {
        cell: Measure(groups.sizes[cell].group, groups.sizes[cell].num_entities, 0.0, 1.0)
        for cell in groups.tested
    }
    statistics = [_statistic(measures[cell], rows[cell], grouped.num_entities) for cell in rows]
    errors = estimates(statistics, grouped.num_entities, resampling)
    reliabilities = []
    for cell in groups.tested:
        size = groups.sizes[cell]
        value = errors[size.group]
        rate = GroupRate(
            METRIC, None, size.group, size.num_rows, size.num_entities, "", {"value": value}
        )
        has_curve = size.num_rows >= GROUP_BINS * groups.min_group_size
        curve = _curve(rows[cell], resampling.confidence) if has_curve else ()
        reliabilities.append(GroupReliability(rate, curve))
    return reliabilities


def _statistic(measure: Measure, rows: _GroupRows, num_entities: int) -> Statistic:
    """The signed parts of ECE = Σ_b |Σ_{i in b} (confidence_i - correct_i)| / n.

    Guo et al. 2017, eq. 3, with the bins b held fixed: one row of `evaluate` for each bin.
    """
    excess = rows.confidence - rows.correct
    differences = entity_sums(rows.codes, num_entities, rows.bins, excess, GROUP_BINS)
    one_cell = np.zeros_like(rows.codes)
    counts = entity_sums(rows.codes, num_entities, one_cell, np.ones(len(rows.codes)), 1)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        count = counts @ weights  # (1, resamples); a resample may lack the group
        return safe_ratio(differences @ weights, count)

    return Statistic((measure,), evaluate, form="distance")


def _curve(rows: _GroupRows, level: float) -> tuple[CurvePoint, ...]:
    points = []
    for number in range(GROUP_BINS):
        is_here = rows.bins == number
        if is_here.any():
            correct = rows.correct[is_here]
            point = CurvePoint(
                num_rows=len(correct),
                confidence=float(rows.confidence[is_here].mean()),
                correct=float(correct.mean()),
                interval=clustered_share(correct, rows.codes[is_here], level).interval,
            )
            points.append(point)
    return tuple(points)
