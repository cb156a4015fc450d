"""Content that is there more than once.

Equal or nearly so, within a part or across parts, with one label or several.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["Everyone", "describe_repeats", "group_equal", "group_pairs"]

_MOST_LISTED = 20
_MOST_MEMBERS = 6


@dataclass(frozen=True)
class Everyone:
    """All examples, parts one after the other.

    Attributes:
        ids: (n,) str.
        parts: (n,) str.
        entities: (n,) str.
        labels: (n,) str names of classes; None for forecasts.
    """

    ids: NDArray[np.str_]
    parts: NDArray[np.str_]
    entities: NDArray[np.str_]
    labels: NDArray[np.str_] | None

    def __len__(self) -> int:
        return len(self.ids)


def group_equal(rows: NDArray[np.int64], digests: NDArray[np.bytes_]) -> list[NDArray[np.int64]]:
    """Rows ((n,) increasing numbers) with equal digests ((n,)), as groups of two or more numbers, in the order of their first rows."""
    _, codes, counts = np.unique(digests, return_inverse=True, return_counts=True)
    return [rows[group] for group in _groups(np.where(counts[codes] > 1, codes, -1))]


def group_pairs(pairs: NDArray[np.int64], num_rows: int) -> list[NDArray[np.int64]]:
    """Rows that pairs (m, 2) connect, directly or through others, as `group_equal` gives them."""
    if not len(pairs):
        return []
    graph = coo_array(
        (np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(num_rows, num_rows)
    )
    _, codes = connected_components(graph, directed=False)
    return _groups(np.where(np.isin(np.arange(num_rows), pairs), codes, -1))


def describe_repeats(groups: list[NDArray[np.int64]], everyone: Everyone) -> dict[str, Any]:
    """Count and list groups of repeated content.

    Returns:
        `num_groups`; `num_rows`, those beyond the first of each group; `within`: such rows by part;
        `across`: for each pair of parts, the rows of the second whose content is also in the first,
        and of these those of another entity; `num_entities_differ`: groups of several entities;
        `conflicts`: groups whose labels differ; `listed`: the first of all, conflicts and those
        across parts before the others.
    """
    conflicts = [group for group in groups if _differ(group, everyone.labels)]
    across = [group for group in groups if _differ(group, everyone.parts)]
    urgent = {int(group[0]) for group in (*conflicts, *across)}
    ordered = sorted(groups, key=lambda group: (int(group[0]) not in urgent, int(group[0])))
    return {
        "num_groups": len(groups),
        "num_rows": sum(len(group) - 1 for group in groups),
        "num_entities_differ": sum(_differ(group, everyone.entities) for group in groups),
        "within": _count_within(groups, everyone.parts),
        "across": _count_across(across, everyone),
        "num_conflicts": len(conflicts),
        "listed": [_describe_group(group, everyone) for group in ordered[:_MOST_LISTED]],
    }


def _groups(codes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Row numbers by code, codes below 0 left out."""
    rows = np.flatnonzero(codes >= 0)
    if not len(rows):
        return []
    order = rows[np.argsort(codes[rows], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    return sorted(groups, key=lambda group: int(group[0]))


def _differ(group: NDArray[np.int64], values: NDArray[np.str_] | None) -> bool:
    return values is not None and len(set(values[group].tolist())) > 1


def _count_within(groups: list[NDArray[np.int64]], parts: NDArray[np.str_]) -> dict[str, int]:
    counts = dict.fromkeys(dict.fromkeys(parts.tolist()), 0)
    for group in groups:
        names, sizes = np.unique(parts[group], return_counts=True)
        for name, size in zip(names.tolist(), sizes.tolist(), strict=True):
            counts[name] += size - 1
    return counts


def _count_across(groups: list[NDArray[np.int64]], everyone: Everyone) -> list[dict[str, Any]]:
    found = []
    for first, second in combinations(dict.fromkeys(everyone.parts.tolist()), 2):
        rows = [
            (group[everyone.parts[group] == first], group[everyone.parts[group] == second])
            for group in groups
        ]
        shared = [(one, other) for one, other in rows if len(one) and len(other)]
        example = (
            [str(everyone.ids[shared[0][0][0]]), str(everyone.ids[shared[0][1][0]])]
            if shared
            else []
        )
        found.append(
            {
                "first": first,
                "second": second,
                "n": sum(len(other) for _, other in shared),
                "example": example,
            }
        )
    return found


def _describe_group(group: NDArray[np.int64], everyone: Everyone) -> dict[str, Any]:
    members = [
        {
            "id": str(everyone.ids[row]),
            "part": str(everyone.parts[row]),
            "entity": str(everyone.entities[row]),
            "label": None if everyone.labels is None else str(everyone.labels[row]),
        }
        for row in group[:_MOST_MEMBERS]
    ]
    return {"n": len(group), "conflict": _differ(group, everyone.labels), "members": members}
