"""What only the user knows about the data, checked against it.

The order of classes, which group attributes describe circumstances rather than people, and which
groups the others are compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN, Examples, Splits
from shared.errors import ConfigError
from shared.targets import Categories

__all__ = ["declare_conditions", "groups_of", "order_classes", "refuse_unknown_references"]


def order_classes(splits: Splits, ordered: tuple[str, ...]) -> Splits:
    """The same examples with their classes in this order, from lowest to highest.

    The target is marked as ordered; nothing changes if no order is stated.

    Args:
        splits: What a pipeline loaded, before it is divided into folds.
        ordered: `data.ordered_classes`.

    Raises:
        ConfigError: The target is a forecast, or these are not the names of its classes.
    """
    if not ordered:
        return splits
    target = splits.target
    if not isinstance(target, Categories):
        raise ConfigError(
            "data.ordered_classes is for classes, but a forecast has none. Leave it empty."
        )
    if sorted(ordered) != sorted(target.names):
        raise ConfigError(
            "data.ordered_classes must name each class once, from lowest to highest: the data has"
            f" {', '.join(target.names)}; received {', '.join(ordered)}."
        )
    place = np.array([ordered.index(name) for name in target.names], dtype=np.int64)
    train, val, test = (_renumbered(examples, place) for examples in splits.by_split().values())
    return replace(
        splits, train=train, val=val, test=test, target=Categories(names=ordered, ordered=True)
    )


def declare_conditions(splits: Splits, names: tuple[str, ...]) -> Splits:
    """The same splits, in which the attributes `names` are conditions too.

    Raises:
        ConfigError: The data has no such attribute.
    """
    attributes = [str(name) for name in splits.train.groups.columns]
    unknown = [name for name in names if name not in attributes]
    if unknown:
        raise ConfigError(
            f"data.conditions names {unknown[0]!r}, which is no group attribute of this data; it"
            f" has: {', '.join(attributes) or 'none'}. Name one of them, or make the column a group"
            " attribute first."
        )
    conditions = tuple(dict.fromkeys((*splits.provenance.conditions, *names)))
    return replace(splits, provenance=replace(splits.provenance, conditions=conditions))


def groups_of(splits: Splits) -> dict[str, set[str]]:
    """Attribute -> the groups that occur in any split."""
    found: dict[str, set[str]] = {}
    for examples in splits.by_split().values():
        for attribute in examples.groups.columns:
            found.setdefault(str(attribute), set()).update(
                map(str, examples.groups[attribute].unique())
            )
    return found


def refuse_unknown_references(
    named: Mapping[str, str], groups: Mapping[str, Iterable[str]]
) -> None:
    """Refuse references that the data does not have.

    Args:
        named: Attribute -> group, as configured.
        groups: Attribute -> the groups that occur anywhere in the data.

    Raises:
        ConfigError: An attribute, or a group of it, does not occur.
    """
    for attribute, group in named.items():
        if attribute not in groups:
            raise ConfigError(
                f"evaluate.reference_groups names the attribute {attribute!r}, which this data does"
                f" not have; it has: {', '.join(groups) or 'none'}."
            )
        known = sorted(value for value in groups[attribute] if value != UNKNOWN)
        if group not in known:
            raise ConfigError(
                f"evaluate.reference_groups names {group!r} as the reference of {attribute!r}, but"
                " no example is of that group; there are:"
                f" {', '.join(known[:20]) or 'none'}{', …' if len(known) > 20 else ''}."
            )


def _renumbered(examples: Examples, place: NDArray[np.int64]) -> Examples:
    return replace(examples, targets=place[examples.targets])
