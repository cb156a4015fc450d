"""One number of a group beside the same number of the others.

Differences and ratios, to the pooled rest and to a named reference.

A difference says how many more are affected, a ratio how many times as often. Both are given
because they can point to opposite ends: errors of 2 % and 4 % are close as a difference and far
apart as a ratio. Signed and two-sided, their intervals can say "no gap"; those of the largest minus
the smallest never could (`permutation.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.fairness.gaps.group_metric import Comparison, GroupMetric, GroupRate, safe_ratio
from shared.fairness.groups.grouped_errors import SizedGroups
from shared.statistics.bootstrap import Resampling, Statistic, estimate_each
from shared.statistics.intervals import Estimate, Measure

__all__ = [
    "Comparable",
    "Estimates",
    "compare",
    "compare_groups",
    "shown_cells",
    "tested_cells",
]

Estimates = dict[int, dict[Comparison, Estimate]]
"""Group, by index -> comparison -> estimate."""

_TO_REST: tuple[Comparison, Comparison] = ("gap to rest", "ratio to rest")
_TO_REFERENCE: tuple[Comparison, Comparison] = ("gap to reference", "ratio to reference")


@dataclass(frozen=True)
class Comparable:
    """Groups, by index, of which something may be said.

    Attributes:
        with_value: Those whose own number may be given.
        with_rest: Those of them that can be compared with their rest.
        with_others: Those of them that can be compared with each other.
    """

    with_value: tuple[int, ...]
    with_rest: tuple[int, ...] = ()
    with_others: tuple[int, ...] = ()


def compare(
    metrics: Sequence[GroupMetric],
    comparable: Sequence[Comparable],
    reference: int | None,
    num_entities: int,
    resampling: Resampling,
) -> list[Estimates]:
    """For each metric, the comparisons of its groups, all on the same resamples.

    Args:
        metrics: What is compared.
        comparable: Of each metric, the groups that may be shown.
        reference: The group that all others are compared with; None if there is none.
        num_entities: Number of entities.
        resampling: Of entities.
    """
    made = [
        _comparisons(metric, groups, reference)
        for metric, groups in zip(metrics, comparable, strict=True)
    ]
    statistics = {
        i: _statistic(metric, comparisons)
        for i, (metric, comparisons) in enumerate(zip(metrics, made, strict=True))
        if comparisons
    }
    estimates = estimate_each(statistics, num_entities, resampling)
    found = [_by_group(comparisons, estimates.get(i, {})) for i, comparisons in enumerate(made)]
    return [
        _with_shares(metric, of_groups, resampling.confidence)
        for metric, of_groups in zip(metrics, found, strict=True)
    ]


def compare_groups(
    metrics: Sequence[GroupMetric],
    comparable: Sequence[Comparable],
    groups: SizedGroups,
    resampling: Resampling,
) -> list[GroupRate]:
    """Each metric of each shown group, or why it is not given, beside those of the others.

    Args:
        metrics: What is compared; their groups are the known ones.
        comparable: Of each metric, the groups that may be compared.
        groups: The attribute.
        resampling: Of entities.
    """
    num_entities = groups.grouped.num_entities
    estimates = compare(metrics, comparable, groups.reference_cell, num_entities, resampling)
    return [
        _group_rate(metric, cell, groups, of_groups.get(cell, {}))
        for metric, of_groups in zip(metrics, estimates, strict=True)
        for cell in groups.shown
    ]


def _with_shares(metric: GroupMetric, groups: Estimates, confidence: float) -> Estimates:
    """Shares of rows have the interval that they have everywhere, however few the rows."""
    shares = {cell: metric.share(cell, confidence) for cell in groups}
    return {
        cell: of_group if share is None else {**of_group, "value": share}
        for (cell, of_group), share in zip(groups.items(), shares.values(), strict=True)
    }


def shown_cells(metric: GroupMetric, groups: SizedGroups) -> tuple[int, ...]:
    """The shown groups that have a number, however few rows it rests on."""
    privacy = groups.privacy_size
    return tuple(cell for cell in groups.shown if not metric.why_missing(cell, privacy))


def tested_cells(metric: GroupMetric, groups: SizedGroups) -> tuple[int, ...]:
    """Those of them whose number rests on enough rows to be compared."""
    least = groups.min_group_size
    shown = set(shown_cells(metric, groups))
    return tuple(c for c in groups.tested if c in shown and not metric.why_not(c, least))


@dataclass(frozen=True)
class _GroupComparison:
    """One comparison of some groups.

    Attributes:
        comparison: Which.
        cells: Rows of these groups in the values of a metric.
        against: Rows that they are compared with; empty for the groups' own values.
        entities: (groups,) int64: how many bear on each group's number.
        bounds: Smallest and largest possible number.
    """

    comparison: Comparison
    cells: tuple[int, ...]
    against: tuple[int, ...]
    entities: NDArray[np.int64]
    bounds: tuple[float, float]

    def name_of(self, cell: int) -> str:
        """The name of one group's number among those of the metric."""
        return f"{self.comparison} {cell}"


def _comparisons(
    metric: GroupMetric, groups: Comparable, reference: int | None
) -> list[_GroupComparison]:
    sizes = metric.denominators
    made = []
    if groups.with_value:
        bounds = (metric.low, metric.high)
        made.append(_GroupComparison("value", groups.with_value, (), sizes.entities, bounds))
    if groups.with_rest:
        # The values of a metric hold the groups, then the rest of each.
        rests = tuple(len(sizes.rows) + cell for cell in groups.with_rest)
        behind = np.minimum(sizes.entities, sizes.rest_entities)
        made += _gap_and_ratio(metric, groups.with_rest, rests, behind, _TO_REST)
    others = tuple(cell for cell in groups.with_others if cell != reference)
    if reference is not None and reference in groups.with_others and others:
        behind = np.minimum(sizes.entities, sizes.entities[reference])
        against = (reference,) * len(others)
        made += _gap_and_ratio(metric, others, against, behind, _TO_REFERENCE)
    return made


def _gap_and_ratio(
    metric: GroupMetric,
    cells: tuple[int, ...],
    against: tuple[int, ...],
    entities: NDArray[np.int64],
    names: tuple[Comparison, Comparison],
) -> list[_GroupComparison]:
    reach = metric.high - metric.low
    gap = _GroupComparison(names[0], cells, against, entities, (-reach, reach))
    if metric.low < 0.0:
        return [gap]
    return [gap, _GroupComparison(names[1], cells, against, entities, (0.0, math.inf))]


def _statistic(metric: GroupMetric, comparisons: Sequence[_GroupComparison]) -> Statistic:
    measures = tuple(
        Measure(each.name_of(cell), int(each.entities[cell]), *each.bounds)
        for each in comparisons
        for cell in each.cells
    )

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = metric.evaluate(weights)
        return np.vstack([_compared(each, values) for each in comparisons])

    return Statistic(measures, evaluate)


def _compared(comparison: _GroupComparison, values: NDArray[np.float64]) -> NDArray[np.float64]:
    own = values[list(comparison.cells)]
    if comparison.comparison == "value":
        return own
    other = values[list(comparison.against)]
    is_ratio = comparison.comparison in (_TO_REST[1], _TO_REFERENCE[1])
    return safe_ratio(own, other) if is_ratio else own - other


def _group_rate(
    metric: GroupMetric, cell: int, groups: SizedGroups, estimates: dict[Comparison, Estimate]
) -> GroupRate:
    size = groups.sizes[cell]
    return GroupRate(
        metric=metric.name,
        of_class=metric.of_class,
        group=size.group,
        num_rows=int(metric.denominators.rows[cell]),
        num_entities=int(metric.denominators.entities[cell]),
        reason=metric.why_missing(cell, groups.privacy_size),
        estimates=estimates,
        not_tested=size.not_tested or metric.why_not(cell, groups.min_group_size),
    )


def _by_group(comparisons: Sequence[_GroupComparison], estimates: dict[str, Estimate]) -> Estimates:
    by_group: Estimates = {}
    for each in comparisons:
        for cell in each.cells:
            by_group.setdefault(cell, {})[each.comparison] = estimates[each.name_of(cell)]
    return by_group
