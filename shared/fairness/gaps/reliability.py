"""Whether confidence means what it says within each group.

The calibration error of each, and a curve where there are rows for one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.gaps.comparison import GroupRate
from shared.fairness.groups.disaggregate import GroupedErrors, GroupSize
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

    Mean confidence against the share correct, with Wilson's interval by entity.
    """

    num_rows: int
    confidence: float
    correct: float
    interval: Interval | None


@dataclass(frozen=True)
class GroupReliability:
    """One group's calibration error (`error.value`), and its curve.

    Empty where a bin would hold too few rows.
    """

    error: GroupRate
    curve: tuple[CurvePoint, ...]


def assess_reliability(
    confidence: NDArray[np.float64],
    correct: NDArray[np.float64],
    grouped: GroupedErrors,
    sizes: list[GroupSize],
    min_group_size: int,
    resampling: Resampling,
) -> list[GroupReliability]:
    """Expected calibration error of each known group that is shown, over bins of equal mass within the group.

    Args:
        confidence: (n,) float64: probability of the decided class.
        correct: (n,) float64: 1 where the decision is true, else 0.
        grouped: The attribute; its rows are these.
        sizes: Of its groups.
        min_group_size: Rows that a bin must hold for a curve.
        resampling: Of entities.
    """
    shown = [
        (cell, size)
        for cell, size in enumerate(sizes)
        if size.group != UNKNOWN and not size.suppressed
    ]
    statistics = [_statistic(confidence, correct, grouped, cell, size) for cell, size in shown]
    found = estimates(statistics, grouped.num_entities, resampling) if statistics else {}
    return [
        GroupReliability(
            GroupRate(
                METRIC,
                None,
                size.group,
                size.num_rows,
                size.num_entities,
                "",
                {"value": found[size.group]},
            ),
            (
                _curve(confidence, correct, grouped, cell, resampling.confidence)
                if size.num_rows >= GROUP_BINS * min_group_size
                else ()
            ),
        )
        for cell, size in shown
    ]


def _statistic(
    confidence: NDArray[np.float64],
    correct: NDArray[np.float64],
    grouped: GroupedErrors,
    cell: int,
    size: GroupSize,
) -> Statistic:
    rows = np.flatnonzero(grouped.cells == cell)
    codes, number = grouped.codes[rows], grouped.num_entities
    bins = equal_mass_bins(confidence[rows], GROUP_BINS)
    differences = entity_sums(codes, number, bins, confidence[rows] - correct[rows], GROUP_BINS)
    counts = entity_sums(codes, number, np.zeros_like(codes), np.ones(len(rows)), 1)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        count = counts @ weights  # (1, resamples); a resample may lack the group
        return np.where(
            count > 0, (differences @ weights) / np.where(count > 0, count, 1.0), np.nan
        )

    return Statistic((Measure(size.group, size.num_entities, 0.0, 1.0),), evaluate, form="distance")


def _curve(
    confidence: NDArray[np.float64],
    correct: NDArray[np.float64],
    grouped: GroupedErrors,
    cell: int,
    level: float,
) -> tuple[CurvePoint, ...]:
    rows = np.flatnonzero(grouped.cells == cell)
    bins = equal_mass_bins(confidence[rows], GROUP_BINS)
    points = []
    for number in range(GROUP_BINS):
        here = rows[bins == number]
        if len(here):
            interval = clustered_share(correct[here], grouped.codes[here], level).interval
            points.append(
                CurvePoint(
                    len(here), float(confidence[here].mean()), float(correct[here].mean()), interval
                )
            )
    return tuple(points)
