"""Ordinal classes, in the order that the user states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples, Splits
from shared.errors import ConfigError
from shared.targets import Categories

__all__ = ["order_classes"]


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


def _renumbered(examples: Examples, place: NDArray[np.int64]) -> Examples:
    return replace(examples, targets=place[examples.targets])
