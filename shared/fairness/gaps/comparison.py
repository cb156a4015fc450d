"""One number of a group beside the same number of the others.

Differences and ratios, to the pooled rest and to a named reference.

A difference says how many more are affected, a ratio how many times as often. Both are given
because they can point to opposite ends: errors of 2 % and 4 % are close as a difference and far
apart as a ratio. Signed and two-sided, their intervals can say "no gap"; those of the largest minus
the smallest never could (`permutation.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import Resampling, Statistic, entity_sums, estimate_each
from shared.statistics.intervals import Estimate, Measure

__all__ = [
    "COMPARISONS",
    "Able",
    "Comparison",
    "Denominators",
    "Evaluate",
    "GroupMetric",
    "GroupRate",
    "Members",
    "compare",
    "mean_metric",
]

Evaluate = Callable[[NDArray[np.float64]], NDArray[np.float64]]

Comparison = Literal[
    "value", "gap to rest", "ratio to rest", "gap to reference", "ratio to reference"
]
"""What a number is: the group's own, or the group's against that of all other known rows, or of the
reference group."""

COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)


@dataclass(frozen=True)
class Members:
    """Which group and which entity each of some rows belongs to.

    Attributes:
        cells: (n,) int64 group of each row.
        codes: (n,) int64 entity of each row.
        num_groups: Number of groups.
        num_entities: Number of entities.
    """

    cells: NDArray[np.int64]
    codes: NDArray[np.int64]
    num_groups: int
    num_entities: int

    def only(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Members:
        """Of these rows: a mask (n,) or indices (m,)."""
        return replace(self, cells=self.cells[rows], codes=self.codes[rows])


@dataclass(frozen=True)
class Denominators:
    """Rows and entities behind a number, (groups,) int64 each.

    Inside the groups, and in the rest of each.
    """

    rows: NDArray[np.int64]
    entities: NDArray[np.int64]
    rest_rows: NDArray[np.int64]
    rest_entities: NDArray[np.int64]

    @classmethod
    def count(cls, members: Members) -> Denominators:
        """Count the rows of each group, and of its rest."""
        counted = np.zeros((members.num_groups, members.num_entities), dtype=np.int64)
        np.add.at(counted, (members.cells, members.codes), 1)
        rest = counted.sum(axis=0) - counted
        return cls(
            counted.sum(axis=1), (counted > 0).sum(axis=1), rest.sum(axis=1), (rest > 0).sum(axis=1)
        )


@dataclass(frozen=True)
class GroupMetric:
    """A number that every group has, as a function of entity weights.

    Attributes:
        name: Of the number, for example "recall".
        of_class: The class it is about; None if it is about all.
        evaluate: Weights (entities, resamples) -> the groups' values, then those of the rest of
            each: (2 groups, resamples).
        denominators: What stands behind the values.
        low: Smallest possible value; below 0 there are no ratios, which would say nothing.
        high: Largest possible value.
    """

    name: str
    of_class: str | None
    evaluate: Evaluate
    denominators: Denominators
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class GroupRate:
    """One number of one group, beside those of the others.

    Attributes:
        metric: Its name, for example "recall".
        of_class: The class it is about; None if it is about all.
        group: The group.
        num_rows: Rows in the denominator.
        num_entities: Entities among them.
        reason: Why no number is given; empty if one is.
        found: Comparison -> estimate, without those that can't be made.
    """

    metric: str
    of_class: str | None
    group: str
    num_rows: int
    num_entities: int
    reason: str
    found: dict[Comparison, Estimate] = field(default_factory=dict)

    @property
    def value(self) -> Estimate | None:
        """The group's own number; None if there is a reason."""
        return self.found.get("value")

    @property
    def gap(self) -> Estimate | None:
        """Signed, against the pooled rest; None also where the rest can't be measured."""
        return self.found.get("gap to rest")


def mean_metric(
    name: str,
    of_class: str | None,
    values: NDArray[np.float64],
    members: Members,
    *,
    low: float = 0.0,
    high: float = 1.0,
) -> GroupMetric:
    """The mean of row values.

    Args:
        name: As in `GroupMetric`.
        of_class: As in `GroupMetric`.
        values: (n,) float64 of the rows that count.
        members: The same rows.
        low: Smallest possible value.
        high: Largest possible value.
    """
    sums, counts = (
        entity_sums(members.codes, members.num_entities, members.cells, column, members.num_groups)
        for column in (values, np.ones(len(values)))
    )

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        total, count = sums @ weights, counts @ weights
        return np.vstack(
            [_ratio(total, count), _ratio(total.sum(axis=0) - total, count.sum(axis=0) - count)]
        )

    return GroupMetric(name, of_class, evaluate, Denominators.count(members), low, high)


@dataclass(frozen=True)
class Able:
    """Groups, by index, of which something may be said.

    Those with a value, and those of them whose rest has one too.
    """

    with_value: tuple[int, ...]
    with_rest: tuple[int, ...]


def compare(
    metrics: Sequence[GroupMetric],
    able: Sequence[Able],
    reference: int | None,
    num_entities: int,
    resampling: Resampling,
) -> list[dict[int, dict[Comparison, Estimate]]]:
    """For each metric: group -> comparison -> estimate, all on the same resamples.

    Args:
        metrics: What is compared.
        able: Of each metric, the groups that may be shown.
        reference: The group that all others are compared with; None if there is none.
        num_entities: Number of entities.
        resampling: Of entities.
    """
    asked = [_comparisons(metric, of, reference) for metric, of in zip(metrics, able, strict=True)]
    found = estimate_each(
        {
            i: _statistic(metric, parts)
            for i, (metric, parts) in enumerate(zip(metrics, asked, strict=True))
            if parts
        },
        num_entities,
        resampling,
    )
    result: list[dict[int, dict[Comparison, Estimate]]] = []
    for i, parts in enumerate(asked):
        of_groups: dict[int, dict[Comparison, Estimate]] = {}
        for part in parts:
            for cell in part.cells:
                of_groups.setdefault(cell, {})[part.comparison] = found[i][
                    f"{part.comparison} {cell}"
                ]
        result.append(of_groups)
    return result


@dataclass(frozen=True)
class _Part:
    """One comparison of some groups.

    Their rows in the values of a metric, and the rows that they are held against.
    """

    comparison: Comparison
    cells: tuple[int, ...]
    against: tuple[int, ...]
    entities: NDArray[np.int64]
    bounds: tuple[float, float]


def _comparisons(metric: GroupMetric, able: Able, reference: int | None) -> list[_Part]:
    sizes, number = metric.denominators, len(metric.denominators.rows)
    parts = (
        [_Part("value", able.with_value, (), sizes.entities, (metric.low, metric.high))]
        if able.with_value
        else []
    )
    if able.with_rest:
        behind = np.minimum(sizes.entities, sizes.rest_entities)
        parts += _against(
            metric,
            able.with_rest,
            tuple(number + cell for cell in able.with_rest),
            behind,
            _TO_REST,
        )
    others = tuple(cell for cell in able.with_value if cell != reference)
    if reference is not None and reference in able.with_value and others:
        behind = np.minimum(sizes.entities, sizes.entities[reference])
        parts += _against(metric, others, (reference,) * len(others), behind, _TO_REFERENCE)
    return parts


_TO_REST: tuple[Comparison, Comparison] = ("gap to rest", "ratio to rest")
_TO_REFERENCE: tuple[Comparison, Comparison] = ("gap to reference", "ratio to reference")


def _against(
    metric: GroupMetric,
    cells: tuple[int, ...],
    against: tuple[int, ...],
    entities: NDArray[np.int64],
    names: tuple[Comparison, Comparison],
) -> list[_Part]:
    reach = metric.high - metric.low
    gap, ratio = names
    parts = [_Part(gap, cells, against, entities, (-reach, reach))]
    return (
        parts
        if metric.low < 0.0
        else [*parts, _Part(ratio, cells, against, entities, (0.0, math.inf))]
    )


def _statistic(metric: GroupMetric, parts: Sequence[_Part]) -> Statistic:
    measures = tuple(
        Measure(f"{part.comparison} {cell}", int(part.entities[cell]), *part.bounds)
        for part in parts
        for cell in part.cells
    )

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = metric.evaluate(weights)
        return np.vstack([_compared(part, values) for part in parts])

    return Statistic(measures, evaluate)


def _compared(part: _Part, values: NDArray[np.float64]) -> NDArray[np.float64]:
    own, other = values[list(part.cells)], values[list(part.against)]
    if part.comparison == "value":
        return own
    return _ratio(own, other) if part.comparison.startswith("ratio") else own - other


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(
        denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), np.nan
    )
