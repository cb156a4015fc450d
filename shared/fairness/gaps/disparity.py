"""Signed gaps of each group against the pooled rest, with intervals by entity.

A gap can be 0 or of either sign, so its interval can say "no gap". The largest minus the smallest
error can't: it is never negative, its bootstrap lies above 0 even without any gap, and it therefore
gets a permutation test and no interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.gaps.comparison import (
    Able,
    Evaluate,
    GroupMetric,
    GroupRate,
    Members,
    compare,
    mean_metric,
)
from shared.fairness.groups.disaggregate import GroupedErrors, GroupSize, known_groups
from shared.statistics.bootstrap import Resampling, Statistic, draw, entity_sums
from shared.statistics.equivalence import GapPower, GapSides, weigh_gap
from shared.statistics.intervals import Measure

__all__ = ["CaseMix", "case_mix_statistic", "compare_errors", "weigh_gaps"]


@dataclass(frozen=True)
class CaseMix:
    """What the gaps are standardised by.

    (n,) int64 class of each row, and the number of classes.
    """

    labels: NDArray[np.int64]
    num_classes: int


def compare_errors(
    grouped: GroupedErrors, sizes: list[GroupSize], reference: str | None, resampling: Resampling
) -> list[GroupRate]:
    """Each group's mean errors beside those of the others.

    Positive gaps mean that the group fares worse.

    Suppressed groups are part of the rest, but get no number; rows of unknown group have a value,
    and take no part in comparisons. At least two groups must be shown to be compared: else the rest
    consists of suppressed groups, and the gap would tell what suppression withholds.

    Args:
        grouped: Row errors by group.
        sizes: Of the groups.
        reference: The group that all others are compared with; None if there is none.
        resampling: Of entities.
    """
    groups = known_groups(grouped)
    shown = tuple(cell for cell in range(len(groups)) if not sizes[cell].suppressed)
    able = Able(shown, shown if len(shown) > 1 else ())
    metrics = [
        _metric(grouped, name, grouped.cells < len(groups), grouped.cells, len(groups))
        for name in grouped.errors
    ]
    place = groups.index(reference) if reference in groups else None
    found = compare(metrics, [able] * len(metrics), place, grouped.num_entities, resampling)
    if len(grouped.groups) > len(groups) and not sizes[-1].suppressed:
        unknown = [
            _metric(grouped, name, grouped.cells == len(groups), np.zeros_like(grouped.cells), 1)
            for name in grouped.errors
        ]
        alone = compare(
            unknown, [Able((0,), ())] * len(unknown), None, grouped.num_entities, resampling
        )
        found = [of | {len(groups): own[0]} for of, own in zip(found, alone, strict=True)]
    return [
        GroupRate(
            name,
            None,
            size.group,
            size.num_rows,
            size.num_entities,
            size.suppressed,
            found[i].get(cell, {}),
        )
        for cell, size in enumerate(sizes)
        for i, name in enumerate(grouped.errors)
    ]


def _metric(
    grouped: GroupedErrors,
    name: str,
    counts: NDArray[np.bool_],
    cells: NDArray[np.int64],
    num_groups: int,
) -> GroupMetric:
    members = Members(cells, grouped.codes, num_groups, grouped.num_entities).only(counts)
    return mean_metric(name, None, grouped.errors[name][counts], members, high=grouped.bounds[name])


def case_mix_statistic(
    grouped: GroupedErrors, sizes: list[GroupSize], metric: str, mix: CaseMix
) -> Statistic:
    """The gap of each group that remains if every group had the same share of each class (direct standardisation), by group.

    Differences in error rates are often differences in what the groups consist of. Classes are
    weighted by their share among all known rows, over the classes that both the group and the rest
    have.
    """
    evaluate = _standardised_gaps(grouped, grouped.errors[metric], mix.labels, mix.num_classes)
    return _statistic(grouped, sizes, metric, evaluate)


def weigh_gaps(
    grouped: GroupedErrors,
    sizes: list[GroupSize],
    metric: str,
    *,
    margin: float,
    alpha: float,
    resampling: Resampling,
) -> dict[str, GapPower]:
    """What the data can say about the gap of each shown group to the pooled rest, by group.

    Args:
        grouped: Row errors by group.
        sizes: Of the groups.
        metric: Whose gaps; an error of at most 1 is taken for a share of rows.
        margin: Gaps below it do not matter.
        alpha: Level of each test.
        resampling: Of entities.
    """
    shown = [
        cell for cell, size in enumerate(sizes) if size.group != UNKNOWN and not size.suppressed
    ]
    drawn = draw(
        [Statistic((), _both_sides(grouped, metric, shown))], grouped.num_entities, resampling
    )[0]
    found = {}
    for i, cell in enumerate(shown):
        rows, entities = _side_sizes(grouped, cell)
        place = [i, len(shown) + i]
        values = (float(drawn.point[place[0]]), float(drawn.point[place[1]]))
        sides = GapSides(
            values, rows, entities, drawn.resampled[place], grouped.bounds[metric] == 1.0
        )
        found[sizes[cell].group] = weigh_gap(sides, margin, alpha)
    return found


def _both_sides(grouped: GroupedErrors, metric: str, shown: list[int]) -> Evaluate:
    """Weights (entities, resamples) -> means of the shown groups, then of the rest of each.

    (2 shown, resamples).
    """
    known = np.array([group != UNKNOWN for group in grouped.groups])
    size = len(grouped.groups)
    rows = np.flatnonzero(known[grouped.cells])
    cells, codes = grouped.cells[rows], grouped.codes[rows]
    sums = entity_sums(codes, grouped.num_entities, cells, grouped.errors[metric][rows], size)
    counts = entity_sums(codes, grouped.num_entities, cells, np.ones(len(rows)), size)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        error, count = sums @ weights, counts @ weights
        return np.vstack(
            [
                _ratio(error, count)[shown],
                _ratio(error.sum(axis=0) - error, count.sum(axis=0) - count)[shown],
            ]
        )

    return evaluate


def _standardised_gaps(
    grouped: GroupedErrors, errors: NDArray[np.float64], labels: NDArray[np.int64], num_classes: int
) -> Evaluate:
    """Weights (entities, resamples) -> gaps (known groups, resamples)."""
    known = np.array([grouped.groups[cell] != UNKNOWN for cell in range(len(grouped.groups))])
    num_groups = int(known.sum())  # the unknown are last
    rows = np.flatnonzero(known[grouped.cells])
    cells, codes = grouped.cells[rows] * num_classes + labels[rows], grouped.codes[rows]
    size = num_groups * num_classes
    sums = entity_sums(codes, grouped.num_entities, cells, errors[rows], size)
    counts = entity_sums(codes, grouped.num_entities, cells, np.ones(len(rows)), size)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        error, count = (
            (matrix @ weights).reshape(num_groups, num_classes, -1) for matrix in (sums, counts)
        )
        all_errors, all_counts = error.sum(axis=0), count.sum(axis=0)  # (classes, resamples)
        difference = _ratio(error, count) - _ratio(all_errors - error, all_counts - count)
        weight = np.where(np.isfinite(difference), all_counts, 0.0)
        return _ratio((np.nan_to_num(difference) * weight).sum(axis=1), weight.sum(axis=1))

    return evaluate


def _statistic(
    grouped: GroupedErrors, sizes: list[GroupSize], metric: str, evaluate: Evaluate
) -> Statistic:
    shown = [
        cell for cell, size in enumerate(sizes) if size.group != UNKNOWN and not size.suppressed
    ]
    highest = grouped.bounds[metric]
    measures = tuple(
        Measure(sizes[cell].group, min(_side_sizes(grouped, cell)[1]), -highest, highest)
        for cell in shown
    )
    return Statistic(measures, lambda weights: evaluate(weights)[shown])


def _side_sizes(grouped: GroupedErrors, cell: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows of a group and of the rest, then their entities."""
    known = np.array([group != UNKNOWN for group in grouped.groups])[grouped.cells]
    sides = (grouped.cells == cell, known & (grouped.cells != cell))
    entities = [len(np.unique(grouped.codes[side])) for side in sides]
    return (int(sides[0].sum()), int(sides[1].sum())), (entities[0], entities[1])


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(
        denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), np.nan
    )
