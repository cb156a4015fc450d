"""A number that every group has: how it follows from resampled entities, and its denominators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from shared.fairness.groups.grouped_errors import GroupedErrors
from shared.fairness.groups.suppression import too_small
from shared.statistics.bootstrap import entity_sums
from shared.statistics.intervals import Estimate
from shared.statistics.shares import clustered_share

__all__ = [
    "COMPARISONS",
    "Comparison",
    "Denominators",
    "Evaluate",
    "GroupMetric",
    "GroupRate",
    "Hits",
    "Members",
    "mean_metric",
    "safe_ratio",
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

    @classmethod
    def of(cls, grouped: GroupedErrors) -> Members:
        """Of all rows; those of unknown group have a cell that is not counted in `num_groups`."""
        num_groups = len(grouped.known_groups)
        return cls(grouped.cells, grouped.codes, num_groups, grouped.num_entities)

    def only(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Members:
        """Of these rows: a mask (n,) or indices (m,)."""
        return replace(self, cells=self.cells[rows], codes=self.codes[rows])


@dataclass(frozen=True)
class Denominators:
    """Rows and entities behind a number, (groups,) int64 each.

    Attributes:
        rows: Of each group.
        entities: Of each group.
        rest_rows: Of all other groups together.
        rest_entities: Of all other groups together.
    """

    rows: NDArray[np.int64]
    entities: NDArray[np.int64]
    rest_rows: NDArray[np.int64]
    rest_entities: NDArray[np.int64]

    @classmethod
    def count(cls, members: Members) -> Denominators:
        """Count the rows of each group, and of its rest."""
        num_groups = members.num_groups
        of_entity = np.zeros(members.num_entities, dtype=np.int64)  # groups of each
        total = np.zeros_like(of_entity)  # of their numbers
        entities = np.zeros(num_groups, dtype=np.int64)
        for group in range(num_groups):
            codes = members.codes[members.cells == group]
            is_there = np.bincount(codes, minlength=members.num_entities) > 0
            entities[group] = is_there.sum()
            of_entity += is_there
            total += group * is_there
        rows = np.bincount(members.cells, minlength=num_groups)
        # Who is in one group only is missing from its rest.
        alone = np.bincount(total[of_entity == 1], minlength=num_groups)
        return cls(
            rows=rows,
            entities=entities,
            rest_rows=rows.sum() - rows,
            rest_entities=(of_entity > 0).sum() - alone,
        )

    @classmethod
    def scarcest(cls, several: Sequence[Denominators]) -> Denominators:
        """Of a number that rests on all of these: it is no surer than the least known of them."""
        return cls(
            rows=np.min([each.rows for each in several], axis=0),
            entities=np.min([each.entities for each in several], axis=0),
            rest_rows=np.min([each.rest_rows for each in several], axis=0),
            rest_entities=np.min([each.rest_entities for each in several], axis=0),
        )


@dataclass(frozen=True)
class Hits:
    """Rows that have a property or not, of which a share is taken.

    Attributes:
        values: (n,) float64: 1 or 0.
        members: The same rows.
    """

    values: NDArray[np.float64]
    members: Members

    def share(self, cell: int, confidence: float) -> Estimate:
        """Of one group, with Wilson's interval: also where the bootstrap has too few rows."""
        inside = self.members.cells == cell
        found = clustered_share(self.values[inside], self.members.codes[inside], confidence)
        ends = {"value": found.value, "ci_low": found.ci_low, "ci_high": found.ci_high}
        return Estimate(**ends, note=found.note)


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
        hits: The rows behind a share; None of other numbers.
    """

    name: str
    of_class: str | None
    evaluate: Evaluate
    denominators: Denominators
    low: float = 0.0
    high: float = 1.0
    hits: Hits | None = None

    def share(self, cell: int, confidence: float) -> Estimate | None:
        """A group's number, if it is a share of rows, as every share of a run is estimated."""
        return None if self.hits is None else self.hits.share(cell, confidence)

    def why_missing(self, cell: int, privacy_size: int) -> str:
        """Why the number of a group is not given; empty if it is."""
        rows = int(self.denominators.rows[cell])
        if rows == 0:
            return "no rows"
        return too_small(rows, int(self.denominators.entities[cell]), privacy_size)

    def why_not(self, cell: int, min_group_size: int) -> str:
        """Why the number of a group takes no part in tests; empty if it does."""
        rows = int(self.denominators.rows[cell])
        return too_small(rows, int(self.denominators.entities[cell]), min_group_size)

    def why_no_rest(self, cell: int, min_group_size: int) -> str:
        """Why the number of its pooled rest is not given; empty if it is."""
        rows = int(self.denominators.rest_rows[cell])
        return too_small(rows, int(self.denominators.rest_entities[cell]), min_group_size)


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
        estimates: By comparison, without those that can't be made.
        not_tested: Why it takes no part in tests; empty if it does.
    """

    metric: str
    of_class: str | None
    group: str
    num_rows: int
    num_entities: int
    reason: str
    estimates: dict[Comparison, Estimate] = field(default_factory=dict)
    not_tested: str = ""

    @property
    def is_tested(self) -> bool:
        """Whether it has a number that rests on enough rows."""
        return self.value is not None and not self.not_tested

    @property
    def value(self) -> Estimate | None:
        """The group's own number; None if there is a reason."""
        return self.estimates.get("value")

    @property
    def number(self) -> float | None:
        """The group's own number without its interval; None also if it is undefined."""
        return None if self.value is None else self.value.value

    @property
    def gap(self) -> Estimate | None:
        """Signed, against the pooled rest; None also where the rest can't be measured."""
        return self.estimates.get("gap to rest")


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
    sums = _sums(members, values)
    counts = _sums(members, np.ones(len(values)))

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        total = sums @ weights  # (groups, resamples)
        count = counts @ weights
        own = safe_ratio(total, count)
        rest = safe_ratio(total.sum(axis=0) - total, count.sum(axis=0) - count)
        return np.vstack([own, rest])

    is_share = low == 0.0 and high == 1.0 and bool(np.isin(values, (0.0, 1.0)).all())
    hits = Hits(values, members) if is_share else None
    return GroupMetric(name, of_class, evaluate, Denominators.count(members), low, high, hits)


def safe_ratio(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64]
) -> NDArray[np.float64]:
    """NaN where the denominator is not positive."""
    usable = denominator > 0
    return np.where(usable, numerator / np.where(usable, denominator, 1.0), np.nan)


def _sums(members: Members, values: NDArray[np.float64]) -> csr_array:
    """Values summed by group and entity: sparse (groups, entities)."""
    return entity_sums(
        members.codes, members.num_entities, members.cells, values, members.num_groups
    )
