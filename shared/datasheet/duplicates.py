"""Content that is there more than once.

Equal or nearly so, within a split or across splits, with one label or several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shared.contract import Examples, Splits
from shared.datasheet.balance import labels_of
from shared.run.artefacts.data.repeats import (
    RepeatGroupRecord,
    RepeatMemberRecord,
    RepeatsAcrossRecord,
    RepeatsRecord,
)
from shared.targets import Categories

__all__ = ["Everyone", "group_equal", "group_pairs", "repeats_of"]

_MOST_LISTED = 20
_MOST_MEMBERS = 6


@dataclass(frozen=True)
class Everyone:
    """All examples, splits one after the other.

    Attributes:
        ids: (n,) str.
        splits: (n,) str.
        entities: (n,) str.
        labels: (n,) str names of classes.
    """

    ids: NDArray[np.str_]
    splits: NDArray[np.str_]
    entities: NDArray[np.str_]
    labels: NDArray[np.str_]

    @classmethod
    def of(cls, splits: Mapping[str, Examples], target: Categories) -> Everyone:
        """All examples of all splits."""
        several = list(splits.values())
        sizes = [len(examples) for examples in several]
        labels = [labels_of(examples, target.names) for examples in several]
        return cls(
            ids=np.concatenate([examples.ids for examples in several]),
            splits=np.repeat(list(splits), sizes),
            entities=np.concatenate([examples.entities for examples in several]),
            labels=np.concatenate(labels),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def by_fold(self, folds: Sequence[Splits]) -> Everyone:
        """The same examples with folds for splits; unchanged where there are none."""
        if not folds:
            return self
        fold_of = {
            entity: f"fold {number}"
            for number, fold in enumerate(folds, start=1)
            for entity in np.unique(fold.test.entities).tolist()
        }
        of_examples = [fold_of[entity] for entity in self.entities.tolist()]
        return replace(self, splits=np.array(of_examples))


def group_equal(rows: NDArray[np.int64], digests: NDArray[np.bytes_]) -> list[NDArray[np.int64]]:
    """Rows with equal digests, as groups of two or more, in the order of their first rows.

    Args:
        rows: (n,) int64, increasing.
        digests: (n,) of these rows.
    """
    _, codes, counts = np.unique(digests, return_inverse=True, return_counts=True)
    return [rows[group] for group in _groups(np.where(counts[codes] > 1, codes, -1))]


def group_pairs(pairs: NDArray[np.int64], num_rows: int) -> list[NDArray[np.int64]]:
    """Rows that pairs (m, 2) connect, directly or through others, as `group_equal` gives them."""
    if not len(pairs):
        return []
    edges = np.ones(len(pairs), dtype=np.int8)
    graph = coo_array((edges, (pairs[:, 0], pairs[:, 1])), shape=(num_rows, num_rows))
    _, codes = connected_components(graph, directed=False)
    return _groups(np.where(np.isin(np.arange(num_rows), pairs), codes, -1))


def repeats_of(groups: Sequence[NDArray[np.int64]], everyone: Everyone) -> RepeatsRecord:
    """Count and list groups of repeated content.

    Args:
        groups: Row numbers of each.
        everyone: All examples.
    """
    conflicts = [group for group in groups if _differ(group, everyone.labels)]
    across = [group for group in groups if _differ(group, everyone.splits)]
    urgent = {int(group[0]) for group in (*conflicts, *across)}
    ordered = sorted(groups, key=lambda group: (int(group[0]) not in urgent, int(group[0])))
    listed = [_describe_group(group, everyone) for group in ordered[:_MOST_LISTED]]
    return RepeatsRecord(
        num_groups=len(groups),
        num_rows=sum(len(group) - 1 for group in groups),
        num_entities_differ=sum(_differ(group, everyone.entities) for group in groups),
        within=_count_within(groups, everyone.splits),
        across=_count_across(across, everyone),
        num_conflicts=len(conflicts),
        listed=tuple(listed),
    )


def _groups(codes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Row numbers by code, codes below 0 left out."""
    rows = np.flatnonzero(codes >= 0)
    if not len(rows):
        return []
    order = rows[np.argsort(codes[rows], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    return sorted(groups, key=lambda group: int(group[0]))


def _differ(group: NDArray[np.int64], values: NDArray[np.str_]) -> bool:
    return len(set(values[group].tolist())) > 1


def _count_within(groups: Sequence[NDArray[np.int64]], splits: NDArray[np.str_]) -> dict[str, int]:
    counts = dict.fromkeys(dict.fromkeys(splits.tolist()), 0)
    for group in groups:
        names, sizes = np.unique(splits[group], return_counts=True)
        for name, size in zip(names.tolist(), sizes.tolist(), strict=True):
            counts[name] += size - 1
    return counts


def _count_across(
    groups: Sequence[NDArray[np.int64]], everyone: Everyone
) -> tuple[RepeatsAcrossRecord, ...]:
    pairs = combinations(dict.fromkeys(everyone.splits.tolist()), 2)
    return tuple(_count_between(groups, everyone, first, second) for first, second in pairs)


def _count_between(
    groups: Sequence[NDArray[np.int64]], everyone: Everyone, first: str, second: str
) -> RepeatsAcrossRecord:
    number = 0
    example: tuple[str, ...] = ()
    for group in groups:
        of_first = group[everyone.splits[group] == first]
        of_second = group[everyone.splits[group] == second]
        if len(of_first) and len(of_second):
            number += len(of_second)
            example = example or (
                str(everyone.ids[of_first[0]]),
                str(everyone.ids[of_second[0]]),
            )
    return RepeatsAcrossRecord(first=first, second=second, n=number, example=example)


def _describe_group(group: NDArray[np.int64], everyone: Everyone) -> RepeatGroupRecord:
    members = [_describe_member(row, everyone) for row in group[:_MOST_MEMBERS].tolist()]
    return RepeatGroupRecord(
        n=len(group), conflict=_differ(group, everyone.labels), members=tuple(members)
    )


def _describe_member(row: int, everyone: Everyone) -> RepeatMemberRecord:
    return RepeatMemberRecord(
        id=str(everyone.ids[row]),
        split=str(everyone.splits[row]),
        entity=str(everyone.entities[row]),
        label=str(everyone.labels[row]),
    )
