"""Who is found, who is selected, whose confidence is right.

Rates by group beyond the error, each against the others.

A rate of few rows is given with its counts and its wide interval, and takes no part in comparisons
and tests: it never counts as fair. That is about evidence; what may not be told at all,
`suppression.py` withholds by group, and here by cell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.fairness.gaps.comparison import (
    Comparable,
    compare_groups,
    shown_cells,
    tested_cells,
)
from shared.fairness.gaps.group_metric import (
    Denominators,
    GroupMetric,
    GroupRate,
    Members,
    mean_metric,
)
from shared.fairness.gaps.row_rates import RowRate
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups
from shared.statistics.bootstrap import Resampling

__all__ = ["assess_rates"]


def assess_rates(
    rows: Sequence[RowRate], groups: SizedGroups, resampling: Resampling
) -> list[GroupRate]:
    """All rates of one attribute's known groups that are not suppressed, with intervals by entity.

    Args:
        rows: What each row counts, as `row_rates` gives it.
        groups: The attribute, of the same rows.
        resampling: Of entities.
    """
    metrics = [_metric(rate, groups.grouped) for rate in rows]
    recalls = [
        metric for metric in metrics if metric.name == "recall" and metric.denominators.rows.any()
    ]
    if recalls:
        metrics.append(_mean("balanced_accuracy", recalls))
    comparable = [_comparable(metric, groups) for metric in metrics]
    return compare_groups(metrics, comparable, groups, resampling)


def _metric(rate: RowRate, grouped: GroupedErrors) -> GroupMetric:
    counted = rate.counts & grouped.is_known
    members = Members.of(grouped).only(counted)
    return mean_metric(rate.metric, rate.of_class, rate.values[counted], members, low=rate.low)


def _comparable(metric: GroupMetric, groups: SizedGroups) -> Comparable:
    """A rest is only given where it is large enough, and where other groups are shown.

    Else it would tell of those that are withheld.
    """
    size = groups.min_group_size
    with_value = shown_cells(metric, groups)
    with_others = tested_cells(metric, groups)
    if len(groups.tested) < 2:
        return Comparable(with_value)
    with_rest = tuple(cell for cell in with_others if not metric.why_no_rest(cell, size))
    return Comparable(with_value, with_rest, with_others)


def _mean(name: str, metrics: Sequence[GroupMetric]) -> GroupMetric:
    """The mean over classes; it is no surer than the least known of them."""

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.mean([metric.evaluate(weights) for metric in metrics], axis=0))

    scarcest = Denominators.scarcest([metric.denominators for metric in metrics])
    return GroupMetric(name, None, evaluate, scarcest)
