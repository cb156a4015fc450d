"""How classes and groups are represented, split by split and group by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import UNKNOWN, CodedEntities, Examples
from shared.datasheet.shares import describe_share
from shared.run.artefacts.data.datasheet import (
    ClassShareRecord,
    EntitySizesRecord,
    GroupAttributeRecord,
    GroupClassRecord,
    GroupValueRecord,
    SplitSheetRecord,
)
from shared.shared_names import shared_names

__all__ = ["describe_groups", "describe_split", "labels_of"]

_FEW = 0.5
"""A class is under-represented in a group where even the upper end of its interval is below this
share of its share elsewhere."""

_MOST_VALUES = 30


def labels_of(examples: Examples, names: tuple[str, ...]) -> NDArray[np.str_]:
    """(n,) str names of the classes of classification examples."""
    return np.asarray(shared_names(names)[examples.targets])


def describe_split(examples: Examples, names: tuple[str, ...] | None) -> SplitSheetRecord:
    """Size of one split, examples per entity, and the share of each class.

    Args:
        examples: Of the split.
        names: Of the classes; None for forecasts.
    """
    codes = examples.coded_entities.codes
    sizes = np.bincount(codes)
    classes = None
    if names is not None:
        classes = tuple(
            ClassShareRecord(name=name, **dict(describe_share(examples.targets == index, codes)))
            for index, name in enumerate(names)
        )
    return SplitSheetRecord(
        n=len(examples),
        num_entities=len(sizes),
        examples_per_entity=EntitySizesRecord(
            median=float(np.median(sizes)), largest=int(sizes.max())
        ),
        classes=classes,
    )


def describe_groups(
    splits: Mapping[str, Examples], names: tuple[str, ...] | None
) -> tuple[GroupAttributeRecord, ...]:
    """Each attribute's groups over all splits, largest first and at most 30.

    Args:
        splits: Split -> its examples.
        names: Of the classes; None for forecasts.
    """
    groups = pd.concat([examples.groups for examples in splits.values()], ignore_index=True)
    rows = _Rows.of(splits, names)
    return tuple(_describe_attribute(str(name), groups[name], rows) for name in groups.columns)


@dataclass(frozen=True)
class _Rows:
    """All examples, splits one after the other.

    Attributes:
        splits: The rows of each.
        entities: (n,) int64 codes.
        targets: (n,) classes; none of forecasts.
        names: Of the classes; None for forecasts.
    """

    splits: Mapping[str, slice]
    entities: NDArray[np.int64]
    targets: NDArray[np.int64]
    names: tuple[str, ...] | None

    @classmethod
    def of(cls, splits: Mapping[str, Examples], names: tuple[str, ...] | None) -> _Rows:
        ends = np.cumsum([len(examples) for examples in splits.values()]).tolist()
        stretches = [slice(start, end) for start, end in pairwise([0, *ends])]
        no_classes = np.empty(0, dtype=np.int64)
        return cls(
            splits=dict(zip(splits, stretches, strict=True)),
            entities=CodedEntities.of(splits.values()).codes,
            targets=no_classes
            if names is None
            else np.concatenate([examples.targets for examples in splits.values()]),
            names=names,
        )


def _describe_attribute(attribute: str, column: pd.Series, rows: _Rows) -> GroupAttributeRecord:
    codes, values = pd.factorize(column, sort=True)
    largest_first = np.argsort(-np.bincount(codes), kind="stable").tolist()
    described = [
        _describe_value(str(values[place]), codes == place, rows)
        for place in largest_first[:_MOST_VALUES]
    ]
    return GroupAttributeRecord(
        attribute=attribute,
        num_values=len(values),
        unknown=describe_share((column == UNKNOWN).to_numpy(dtype=np.bool_), rows.entities),
        values=tuple(described),
    )


def _describe_value(value: str, chosen: NDArray[np.bool_], rows: _Rows) -> GroupValueRecord:
    in_splits = {split: int(chosen[stretch].sum()) for split, stretch in rows.splits.items()}
    return GroupValueRecord(
        value=value,
        **dict(describe_share(chosen, rows.entities)),
        num_entities=int(np.count_nonzero(np.bincount(rows.entities[chosen]))),
        splits=in_splits,
        classes=_describe_labels(chosen, rows),
    )


def _describe_labels(chosen: NDArray[np.bool_], rows: _Rows) -> tuple[GroupClassRecord, ...] | None:
    if rows.names is None:
        return None
    classes = []
    for index, name in enumerate(rows.names):
        is_of_class = rows.targets == index
        inside = describe_share(is_of_class[chosen], rows.entities[chosen])
        elsewhere = None if chosen.all() else float(is_of_class[~chosen].mean())
        is_rare = (
            elsewhere is not None
            and inside.ci_high is not None
            and inside.ci_high < _FEW * elsewhere
        )
        record = GroupClassRecord(
            name=name, **dict(inside), elsewhere=elsewhere, under_represented=is_rare
        )
        classes.append(record)
    return tuple(classes)
