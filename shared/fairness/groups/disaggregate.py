"""Error by group, each with its interval, or the reason why a group is too small to speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.suppression import suppression_reasons
from shared.statistics.bootstrap import entity_codes

__all__ = ["GroupSize", "GroupedErrors", "group_sizes", "known_groups"]


@dataclass(frozen=True)
class GroupedErrors:
    """Row errors divided by one attribute.

    Attributes:
        groups: Names, the unknown last.
        cells: (n,) int64: index into `groups` of each row.
        codes: (n,) int64: entity of each row.
        num_entities: Number of entities.
        errors: Metric -> (n,) float64, lower is better.
        bounds: Metric -> largest possible value.
        totals: Groups, as indices, that add up to something published besides the total of all.
        withheld: Per known group, why it must not be shown; empty if none is barred.
    """

    groups: tuple[str, ...]
    cells: NDArray[np.int64]
    codes: NDArray[np.int64]
    num_entities: int
    errors: Mapping[str, NDArray[np.float64]]
    bounds: Mapping[str, float]
    totals: tuple[tuple[int, ...], ...] = ()
    withheld: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        attribute: Attribute,
        entities: NDArray[np.str_],
        errors: Mapping[str, NDArray[np.float64]],
        bounds: Mapping[str, float],
    ) -> GroupedErrors:
        """Divide errors by an attribute that has labels.

        Its own units take the place of the entities.
        """
        groups = attribute.groups + ((UNKNOWN,) if (attribute.labels == UNKNOWN).any() else ())
        place = {group: i for i, group in enumerate(groups)}
        cells = np.array([place[label] for label in attribute.labels.tolist()], dtype=np.int64)
        codes, num_entities = entity_codes(entities if attribute.units is None else attribute.units)
        return cls(groups, cells, codes, num_entities, errors, bounds)

    def among(self, compared: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows of these groups.

        Their indices, (m,) int64, and the position of each one's group in `compared`, (m,) int64.
        """
        place = {group: i for i, group in enumerate(compared)}
        positions = np.array([place.get(group, -1) for group in self.groups], dtype=np.int64)[
            self.cells
        ]
        rows = np.flatnonzero(positions >= 0)
        return rows, positions[rows]


@dataclass(frozen=True)
class GroupSize:
    """How much is known about a group.

    Attributes:
        group: Its name.
        num_rows: Rows in the test split.
        num_entities: Entities among them.
        suppressed: Why no number is given; empty if numbers are given.
    """

    group: str
    num_rows: int
    num_entities: int
    suppressed: str


def group_sizes(grouped: GroupedErrors, min_group_size: int) -> list[GroupSize]:
    """The size of each group, in the order of `grouped.groups`.

    A group is suppressed if it has fewer than `min_group_size` rows, or one entity only: its error
    would be that entity's. So is a larger one without which a suppressed group could be worked out
    from a total.
    """
    pairs = np.unique(np.stack([grouped.cells, grouped.codes], axis=1), axis=0)
    rows = np.bincount(grouped.cells, minlength=len(grouped.groups))
    entities = np.bincount(pairs[:, 0], minlength=len(grouped.groups))
    reasons = suppression_reasons(
        rows,
        entities,
        [tuple(range(len(grouped.groups))), *grouped.totals],
        needs_protection=[group != UNKNOWN for group in grouped.groups],
        withheld=[*grouped.withheld, *[""] * (len(grouped.groups) - len(grouped.withheld))],
        min_group_size=min_group_size,
    )
    sizes = zip(grouped.groups, rows.tolist(), entities.tolist(), reasons, strict=True)
    return [GroupSize(group, n, k, reason) for group, n, k, reason in sizes]


def known_groups(grouped: GroupedErrors) -> tuple[str, ...]:
    """The groups whose members are known.

    The unknown, if there are any, are last in `grouped.groups`.
    """
    return tuple(group for group in grouped.groups if group != UNKNOWN)
