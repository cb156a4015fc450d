"""How classes and groups are represented, part by part and group by group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import UNKNOWN, Examples
from shared.datasheet.shares import describe_share

__all__ = ["describe_groups", "describe_split", "labels_of"]

_FEW = 0.5
"""A class is under-represented in a group where even the upper end of its interval is below this
share of its share elsewhere."""

_MOST_VALUES = 30


def labels_of(examples: Examples, names: tuple[str, ...]) -> NDArray[np.str_]:
    """(n,) str names of the classes of classification examples."""
    return np.asarray(np.array(names, dtype=np.str_)[examples.targets])


def describe_split(examples: Examples, names: tuple[str, ...] | None) -> dict[str, Any]:
    """Size of one part, examples per entity, and the share of each class with its interval (None for forecasts)."""
    _, codes, sizes = np.unique(examples.entities, return_inverse=True, return_counts=True)
    classes = None
    if names is not None:
        classes = [
            {"name": name, **describe_share(examples.targets == index, codes)}
            for index, name in enumerate(names)
        ]
    return {
        "n": len(examples),
        "num_entities": len(sizes),
        "examples_per_entity": {"median": float(np.median(sizes)), "largest": int(sizes.max())},
        "classes": classes,
    }


def describe_groups(
    parts: Mapping[str, Examples], names: tuple[str, ...] | None
) -> list[dict[str, Any]]:
    """Each attribute's groups over all parts.

    Shares with intervals, counts by part, and their labels.

    Returns:
        One entry per attribute: `attribute`, `num_values`, `unknown` (a share), and `values`,
        largest first and at most 30: `value`, `n`, `share` and interval, `num_entities`, `parts`
        (counts), and for classification `classes`: name, `n`, `share` and interval within the
        group, `elsewhere` (the share outside it) and `under_represented`.
    """
    everything = pd.concat([examples.groups for examples in parts.values()], ignore_index=True)
    origins = np.repeat(list(parts), [len(examples) for examples in parts.values()])
    _, entities = np.unique(
        np.concatenate([examples.entities for examples in parts.values()]), return_inverse=True
    )
    labels = (
        None if names is None else np.concatenate([examples.targets for examples in parts.values()])
    )
    entries = []
    for attribute in everything.columns:
        column = everything[attribute].to_numpy(dtype=np.str_)
        values, sizes = np.unique(column, return_counts=True)
        largest_first = values[np.argsort(-sizes, kind="stable")].tolist()
        entries.append(
            {
                "attribute": str(attribute),
                "num_values": len(values),
                "unknown": describe_share(column == UNKNOWN, entities),
                "values": [
                    _describe_group(value, column == value, origins, entities)
                    | _describe_labels(column == value, labels, names, entities)
                    for value in largest_first[:_MOST_VALUES]
                ],
            }
        )
    return entries


def _describe_group(
    value: str, chosen: NDArray[np.bool_], origins: NDArray[np.str_], entities: NDArray[np.int64]
) -> dict[str, Any]:
    counts = {
        str(part): int((chosen & (origins == part)).sum())
        for part in dict.fromkeys(origins.tolist())
    }
    return {
        "value": value,
        **describe_share(chosen, entities),
        "num_entities": len(np.unique(entities[chosen])),
        "parts": counts,
    }


def _describe_labels(
    chosen: NDArray[np.bool_],
    labels: NDArray[np.int64] | None,
    names: tuple[str, ...] | None,
    entities: NDArray[np.int64],
) -> dict[str, Any]:
    if labels is None or names is None:
        return {"classes": None}
    classes = []
    for index, name in enumerate(names):
        inside = describe_share(labels[chosen] == index, entities[chosen])
        elsewhere = float((labels[~chosen] == index).mean()) if not chosen.all() else None
        few = (
            elsewhere is not None
            and inside["ci_high"] is not None
            and inside["ci_high"] < _FEW * elsewhere
        )
        classes.append({"name": name, **inside, "elsewhere": elsewhere, "under_represented": few})
    return {"classes": classes}
