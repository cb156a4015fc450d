"""The groups whose gaps a training is to close.

Examples whose group is not known, or whose group is too small to be learned from, are left as they
are: they are weighted, shown and counted as without mitigation, because nothing can be said about
their group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.contract import UNKNOWN, Examples, Splits
from shared.errors import ConfigError, DataError
from shared.shared_names import shared_names

__all__ = ["LEFT", "MitigatedGroups", "read_groups"]

LEFT = -1
"""The code of examples that are left as they are."""


@dataclass(frozen=True)
class MitigatedGroups:
    """The groups of one attribute.

    Attributes:
        names: Sorted; at least two.
        train: (n,) int64 position of each training example's group among the names, or `LEFT`.
        val: (m,) int64, likewise.
    """

    names: tuple[str, ...]
    train: NDArray[np.int64]
    val: NDArray[np.int64]


def read_groups(splits: Splits, config: TrainConfig) -> MitigatedGroups:
    """The groups of `train.mitigated_attribute`.

    Raises:
        ConfigError: The data lacks the attribute, or its training split has fewer than two groups
            that are large enough.
        DataError: Group DRO is to choose the epoch by the worst group of a validation split that
            has none of the groups.
    """
    labels = _labels(splits.train, config)
    names = _large_enough(labels, config)
    train = _codes(labels, names)
    val = _codes(_labels(splits.val, config), names)
    if config.mitigation == "group_dro" and not (val != LEFT).any():
        raise DataError(
            "train.mitigation=group_dro keeps the epoch that is best for the worst group of"
            f" {config.mitigated_attribute!r}, but the validation split has no example of"
            f" {', '.join(names)}. Use another data.split or a larger data.validation_share."
        )
    return MitigatedGroups(names, train, val)


def _labels(split: Examples, config: TrainConfig) -> NDArray[np.str_]:
    attribute = str(config.mitigated_attribute)
    known = [str(name) for name in split.groups.columns]
    if attribute not in known:
        has = f"It has: {', '.join(known)}." if known else "It has none at all."
        raise ConfigError(
            f"train.mitigated_attribute={attribute!r}: the data has no such group attribute. {has}"
        )
    labels = shared_names(split.groups[attribute].astype(str).str.strip())
    return np.where(labels == "", UNKNOWN, labels)


def _large_enough(labels: NDArray[np.str_], config: TrainConfig) -> tuple[str, ...]:
    found, sizes = np.unique(labels, return_counts=True)
    size_of = dict(zip(found.tolist(), sizes.tolist(), strict=True))
    unknown = size_of.pop(UNKNOWN, 0)
    names = tuple(name for name, size in size_of.items() if size >= config.min_mitigated_group_size)
    if len(names) < 2:
        largest = sorted(size_of.items(), key=lambda item: -item[1])[:5]
        seen = ", ".join(f"{name!r} with {size:,}" for name, size in largest)
        if len(size_of) > len(largest):
            seen += ", …"
        raise ConfigError(
            f"train.mitigated_attribute={config.mitigated_attribute!r}: closing a gap takes two"
            f" groups with at least {config.min_mitigated_group_size} training examples each"
            f" (train.min_mitigated_group_size); found {seen or 'none'}, and {unknown:,} examples"
            " whose group is not known."
        )
    return names


def _codes(labels: NDArray[np.str_], names: tuple[str, ...]) -> NDArray[np.int64]:
    position = {name: code for code, name in enumerate(names)}
    return np.array([position.get(label, LEFT) for label in labels.tolist()], dtype=np.int64)
