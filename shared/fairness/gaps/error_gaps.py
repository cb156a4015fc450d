"""Signed gaps of each group against the pooled rest, with intervals by entity.

A gap can be 0 or of either sign, so its interval can say "no gap". The largest minus the smallest
error can't: it is never negative, its bootstrap lies above 0 even without any gap, and it therefore
gets a permutation test and no interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from shared.contract import UNKNOWN
from shared.fairness.gaps.comparison import Comparable, Estimates, compare
from shared.fairness.gaps.group_metric import (
    Evaluate,
    GroupRate,
    Members,
    mean_metric,
    safe_ratio,
)
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups
from shared.statistics.bootstrap import Resampling, Statistic, draw, entity_sums
from shared.statistics.equivalence import GapPower, GapSides, weigh_gap
from shared.statistics.intervals import Measure

__all__ = ["CaseMix", "case_mix_statistic", "compare_errors", "weigh_gaps"]


@dataclass(frozen=True)
class CaseMix:
    """What the gaps are standardised by.

    Attributes:
        labels: (n,) int64 class of each row.
        num_classes: Number of classes.
    """

    labels: NDArray[np.int64]
    num_classes: int


def compare_errors(groups: SizedGroups, resampling: Resampling) -> list[GroupRate]:
    """Each group's mean errors beside those of the others.

    Positive gaps mean that the group fares worse.

    Suppressed groups are part of the rest, but get no number; small groups and rows of unknown
    group have a value, and take no part in comparisons. At least two groups must be large enough
    to be compared: else the rest consists of suppressed groups, and the gap would tell what
    suppression withholds.
    """
    grouped = groups.grouped
    known = Members.of(grouped).only(grouped.is_known)
    metrics = [
        mean_metric(name, None, errors[grouped.is_known], known, high=grouped.bounds[name])
        for name, errors in grouped.errors.items()
    ]
    compared = groups.tested if len(groups.tested) > 1 else ()
    comparable = Comparable(groups.shown, compared, compared)
    of_each = [comparable] * len(metrics)
    reference = groups.reference_cell
    of_metrics = compare(metrics, of_each, reference, grouped.num_entities, resampling)
    if grouped.groups[-1] == UNKNOWN and not groups.sizes[-1].suppressed:
        of_unknown = _values_of_unknown(grouped, resampling)
        of_metrics = [shown | own for shown, own in zip(of_metrics, of_unknown, strict=True)]
    return [
        GroupRate(
            metric=name,
            of_class=None,
            group=size.group,
            num_rows=size.num_rows,
            num_entities=size.num_entities,
            reason=size.suppressed,
            estimates=of_metrics[i].get(cell, {}),
            not_tested=size.not_tested,
        )
        for cell, size in enumerate(groups.sizes)
        for i, name in enumerate(grouped.errors)
    ]


def case_mix_statistic(groups: SizedGroups, metric: str, mix: CaseMix) -> Statistic:
    """The gap of each tested group that remains at equal shares of classes, by group.

    Differences in error rates are often differences in what the groups consist of. Direct
    standardisation asks for the gap if every group had the same share of each class:
    Σ_c w_c (e_gc - e_rc) / Σ_c w_c, where e_gc and e_rc are the mean errors of class c in group g
    and in the rest, and w_c is the number of known rows of class c. The sum is over the classes
    that both the group and the rest have.
    """
    evaluate = _standardised_gaps(groups.grouped, groups.grouped.errors[metric], mix)
    highest = groups.grouped.bounds[metric]
    measures = tuple(
        Measure(
            name=groups.sizes[cell].group,
            num_entities=min(_entities_of_sides(groups.grouped, cell)),
            low=-highest,
            high=highest,
        )
        for cell in groups.tested
    )
    tested = list(groups.tested)
    return Statistic(measures, lambda weights: evaluate(weights)[tested])


def weigh_gaps(
    groups: SizedGroups, metric: str, *, margin: float, alpha: float, resampling: Resampling
) -> dict[str, GapPower]:
    """What the data can say about the gap of each tested group to the pooled rest, by group.

    Args:
        groups: Row errors by group.
        metric: Whose gaps; an error of at most 1 is taken for a share of rows.
        margin: Gaps below it do not matter.
        alpha: Level of each test.
        resampling: Of entities.
    """
    grouped = groups.grouped
    known = Members.of(grouped).only(grouped.is_known)
    means = mean_metric(metric, None, grouped.errors[metric][grouped.is_known], known)
    drawn = draw([Statistic((), means.evaluate)], grouped.num_entities, resampling)[0]
    power = {}
    for cell in groups.tested:
        # The values of a metric hold the groups, then the rest of each.
        rest = known.num_groups + cell
        sides = GapSides(
            values=(float(drawn.point[cell]), float(drawn.point[rest])),
            rows=_rows_of_sides(grouped, cell),
            entities=_entities_of_sides(grouped, cell),
            draws=drawn.resampled[[cell, rest]],
            is_share=grouped.bounds[metric] == 1.0,
        )
        power[groups.sizes[cell].group] = weigh_gap(sides, margin, alpha)
    return power


def _values_of_unknown(grouped: GroupedErrors, resampling: Resampling) -> list[Estimates]:
    """For each error, the value of the rows of unknown group, which are the last group."""
    unknown = np.flatnonzero(~grouped.is_known)
    one_group = np.zeros(len(unknown), dtype=np.int64)
    members = Members(one_group, grouped.codes[unknown], 1, grouped.num_entities)
    metrics = [
        mean_metric(name, None, errors[unknown], members, high=grouped.bounds[name])
        for name, errors in grouped.errors.items()
    ]
    alone = [Comparable(with_value=(0,))] * len(metrics)
    values = compare(metrics, alone, None, grouped.num_entities, resampling)
    return [{len(grouped.known_groups): of_metric[0]} for of_metric in values]


def _standardised_gaps(
    grouped: GroupedErrors, errors: NDArray[np.float64], mix: CaseMix
) -> Evaluate:
    """Weights (entities, resamples) -> gaps (known groups, resamples)."""
    shape = (len(grouped.known_groups), mix.num_classes, -1)
    rows = np.flatnonzero(grouped.is_known)
    sums = _by_group_and_class(grouped, mix, rows, errors[rows])
    counts = _by_group_and_class(grouped, mix, rows, np.ones(len(rows)))

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        error = (sums @ weights).reshape(shape)  # (groups, classes, resamples)
        count = (counts @ weights).reshape(shape)
        all_errors = error.sum(axis=0)  # (classes, resamples)
        all_counts = count.sum(axis=0)
        rest = safe_ratio(all_errors - error, all_counts - count)  # e_rc
        difference = safe_ratio(error, count) - rest  # e_gc - e_rc
        weight = np.where(np.isfinite(difference), all_counts, 0.0)  # w_c, 0 where a side lacks c
        weighted = np.nan_to_num(difference) * weight
        return safe_ratio(weighted.sum(axis=1), weight.sum(axis=1))

    return evaluate


def _by_group_and_class(
    grouped: GroupedErrors, mix: CaseMix, rows: NDArray[np.int64], values: NDArray[np.float64]
) -> csr_array:
    """Values of these rows summed by group, class and entity: (groups · classes, entities)."""
    cells = grouped.cells[rows] * mix.num_classes + mix.labels[rows]
    num_cells = len(grouped.known_groups) * mix.num_classes
    return entity_sums(grouped.codes[rows], grouped.num_entities, cells, values, num_cells)


def _sides(grouped: GroupedErrors, cell: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The rows of a group and those of the pooled rest, (n,) bool each."""
    is_inside = grouped.cells == cell
    return is_inside, grouped.is_known & ~is_inside


def _rows_of_sides(grouped: GroupedErrors, cell: int) -> tuple[int, int]:
    inside, rest = _sides(grouped, cell)
    return int(inside.sum()), int(rest.sum())


def _entities_of_sides(grouped: GroupedErrors, cell: int) -> tuple[int, int]:
    inside, rest = (np.bincount(grouped.codes[side]) > 0 for side in _sides(grouped, cell))
    return int(inside.sum()), int(rest.sum())
