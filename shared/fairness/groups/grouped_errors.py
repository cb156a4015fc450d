"""Row errors divided into groups, and which of the groups are large enough to speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.suppression import suppression_reasons, too_small
from shared.statistics.bootstrap import entities_per_class, entity_codes

__all__ = ["GroupSize", "GroupedErrors", "SizedGroups", "group_sizes"]


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
        withheld: For each known group, why it must not be shown; empty if none is barred.
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
        has_unknown = bool((attribute.labels == UNKNOWN).any())
        groups = (*attribute.groups, UNKNOWN) if has_unknown else attribute.groups
        place = {group: i for i, group in enumerate(groups)}
        cells = np.array([place[label] for label in attribute.labels.tolist()], dtype=np.int64)
        codes, num_entities = entity_codes(entities if attribute.units is None else attribute.units)
        return cls(groups, cells, codes, num_entities, errors, bounds)

    @property
    def known_groups(self) -> tuple[str, ...]:
        """The groups whose members are known: all but the last, if that is the unknown."""
        return tuple(group for group in self.groups if group != UNKNOWN)

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """(n,) bool: whether the group of each row is known."""
        return np.asarray(self.cells < len(self.known_groups))

    def among(self, compared: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows of these groups.

        Their indices, (m,) int64, and the position of each one's group in `compared`, (m,) int64.
        """
        place = {group: i for i, group in enumerate(compared)}
        of_groups = np.array([place.get(group, -1) for group in self.groups], dtype=np.int64)
        positions = of_groups[self.cells]
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
        not_tested: Why it takes no part in tests; empty if it does.
    """

    group: str
    num_rows: int
    num_entities: int
    suppressed: str
    not_tested: str = ""

    @property
    def is_shown(self) -> bool:
        """Whether it is a known group whose numbers are given."""
        return self.group != UNKNOWN and not self.suppressed and self.num_rows > 0

    @property
    def is_tested(self) -> bool:
        """Whether it is shown, and has enough rows to be compared with others."""
        return self.is_shown and not self.not_tested


@dataclass(frozen=True)
class SizedGroups:
    """Row errors by group, with what may be said of each group.

    Attributes:
        grouped: Row errors by group.
        sizes: Of each group, in the order of `grouped.groups`.
        min_group_size: Rows below which a number takes no part in tests.
        reference: The group that all others are compared with; None if there is none.
        privacy_size: Rows below which a number is not given; 0 for none.
    """

    grouped: GroupedErrors
    sizes: list[GroupSize]
    min_group_size: int
    reference: str | None = None
    privacy_size: int = 0

    @classmethod
    def of(
        cls,
        grouped: GroupedErrors,
        min_group_size: int,
        reference: str | None = None,
        *,
        privacy_size: int = 0,
    ) -> SizedGroups:
        """Count the rows of each group."""
        sizes = group_sizes(grouped, min_group_size, privacy_size)
        return cls(grouped, sizes, min_group_size, reference, privacy_size)

    @property
    def shown(self) -> tuple[int, ...]:
        """Indices of the known groups that are not suppressed."""
        return tuple(i for i, size in enumerate(self.sizes) if size.is_shown)

    @property
    def tested(self) -> tuple[int, ...]:
        """Indices of those of them that are large enough to be compared."""
        return tuple(i for i, size in enumerate(self.sizes) if size.is_tested)

    @property
    def reference_cell(self) -> int | None:
        """Index of the reference group; None if there is none."""
        groups = self.grouped.known_groups
        return groups.index(self.reference) if self.reference in groups else None


def group_sizes(
    grouped: GroupedErrors, min_group_size: int, privacy_size: int = 0
) -> list[GroupSize]:
    """The size of each group, in the order of `grouped.groups`.

    A group of fewer than `min_group_size` rows, or of one entity, is not tested. Where a
    `privacy_size` is set, a group below it is suppressed, and one of a single entity: its error
    would be that entity's. So is a larger one without which a suppressed group could be worked out
    from a total.
    """
    num_groups = len(grouped.groups)
    rows = np.bincount(grouped.cells, minlength=num_groups)
    entities = entities_per_class(grouped.cells, grouped.codes, num_groups)
    not_barred = [""] * (num_groups - len(grouped.withheld))
    reasons = suppression_reasons(
        rows,
        entities,
        [tuple(range(num_groups)), *grouped.totals],
        needs_protection=[group != UNKNOWN for group in grouped.groups],
        withheld=[*grouped.withheld, *not_barred],
        min_group_size=privacy_size,
    )
    sizes = zip(grouped.groups, rows.tolist(), entities.tolist(), reasons, strict=True)
    return [
        GroupSize(group, n, k, reason, too_small(n, k, min_group_size))
        for group, n, k, reason in sizes
    ]
