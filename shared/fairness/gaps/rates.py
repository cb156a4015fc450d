"""Who is found, who is selected, whose confidence is right.

Rates by group beyond the error, each against the others.

A rate is given only where its denominator is large enough: with too few examples of a class, no
recall is "not enough data", and never counts as fair. That is about evidence; what may not be
worked out at all, `suppression.py` withholds by group.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.fairness.gaps.comparison import (
    Able,
    Comparison,
    Denominators,
    GroupMetric,
    GroupRate,
    Members,
    compare,
    mean_metric,
)
from shared.fairness.gaps.row_rates import RowRate
from shared.fairness.groups.disaggregate import GroupedErrors, GroupSize, known_groups
from shared.fairness.groups.suppression import too_small
from shared.statistics.bootstrap import Resampling
from shared.statistics.intervals import Estimate

__all__ = ["assess_rates"]


def assess_rates(
    rows: Sequence[RowRate],
    grouped: GroupedErrors,
    sizes: list[GroupSize],
    min_group_size: int,
    resampling: Resampling,
    reference: str | None = None,
) -> list[GroupRate]:
    """All rates of one attribute's known groups that are not suppressed, with intervals by entity.

    Args:
        rows: What each row counts, as `row_rates` gives it.
        grouped: The attribute, of the same rows.
        sizes: Of its groups.
        min_group_size: Rows below which a denominator gives no number.
        resampling: Of entities.
        reference: The group that all others are compared with; None if there is none.
    """
    groups = known_groups(grouped)
    members = Members(grouped.cells, grouped.codes, len(groups), grouped.num_entities)
    is_known = grouped.cells < len(groups)  # the unknown are last
    metrics = [
        mean_metric(
            rate.metric, rate.of_class, rate.values[counted], members.only(counted), low=rate.low
        )
        for rate in rows
        for counted in (rate.counts & is_known,)
    ]
    recalls = [
        metric for metric in metrics if metric.name == "recall" and metric.denominators.rows.any()
    ]
    metrics += [_mean("balanced_accuracy", recalls)] if recalls else []
    shown = [cell for cell, group in enumerate(sizes[: len(groups)]) if not group.suppressed]
    able = [_able(metric, shown, min_group_size) for metric in metrics]
    place = groups.index(reference) if reference in groups else None
    found = compare(metrics, able, place, grouped.num_entities, resampling)
    return [
        _group_rate(metric, groups[cell], cell, found[i].get(cell, {}), min_group_size)
        for i, metric in enumerate(metrics)
        for cell in shown
    ]


def _able(metric: GroupMetric, shown: list[int], min_group_size: int) -> Able:
    """A rest is only given where it is large enough, and where other groups are shown.

    Else it would tell of those that are withheld.
    """
    sizes = metric.denominators
    valued = tuple(
        cell
        for cell in shown
        if not too_small(int(sizes.rows[cell]), int(sizes.entities[cell]), min_group_size)
    )
    rested = tuple(
        cell
        for cell in valued
        if not too_small(int(sizes.rest_rows[cell]), int(sizes.rest_entities[cell]), min_group_size)
    )
    return Able(valued, rested if len(shown) > 1 else ())


def _mean(name: str, metrics: Sequence[GroupMetric]) -> GroupMetric:
    """The mean over classes; it is no surer than the least known of them."""
    columns = (
        [getattr(metric.denominators, field) for metric in metrics]
        for field in Denominators.__dataclass_fields__
    )
    scarcest = Denominators(*(np.min(column, axis=0) for column in columns))
    return GroupMetric(
        name,
        None,
        lambda weights: np.mean([metric.evaluate(weights) for metric in metrics], axis=0),
        scarcest,
    )


def _group_rate(
    metric: GroupMetric,
    group: str,
    cell: int,
    found: dict[Comparison, Estimate],
    min_group_size: int,
) -> GroupRate:
    num_rows, num_entities = (
        int(metric.denominators.rows[cell]),
        int(metric.denominators.entities[cell]),
    )
    return GroupRate(
        metric.name,
        metric.of_class,
        group,
        num_rows,
        num_entities,
        too_small(num_rows, num_entities, min_group_size),
        found,
    )
