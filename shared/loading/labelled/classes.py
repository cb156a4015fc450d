"""Classes of labelled rows: their names, their order, and which row has which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.config.setting_text import set_option
from shared.errors import DataError
from shared.loading.labelled.rows import LabelledRows
from shared.loading.labelled.settings import LabelledTableConfig

__all__ = ["class_names", "class_of_rows", "training_labels"]

_MOST_CLASSES = 100
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?")


def training_labels(rows: LabelledRows, data: LabelledTableConfig) -> list[str]:
    """Labels from which classes are learnt.

    Those of the given training split, or all where the split is still to be made.
    """
    table = rows.table.drop(index=list(rows.problems))
    if data.split == "given":
        column = "split" if data.split_column is not None else "file_split"
        table = table[table[column] == "train"] if (table[column] == "train").any() else table
    return [str(label) for label in table["label"]]


def class_names(
    labels: Sequence[str], data: LabelledTableConfig, *, where: str
) -> tuple[tuple[str, ...], Mapping[str, int]]:
    """Class names in order, and label -> class index.

    Args:
        labels: Labels of the training split (of all rows where the split is still to be made).
        data: Settings; `class_names` decides names and order, else the labels are their own names,
            numbers in numeric order.
        where: The source, for messages.

    Raises:
        DataError: One class only, implausibly many, or a configured class that no label has.
    """
    found = sorted(set(labels), key=_numbers_first)
    if len(found) < 2:
        raise DataError(
            f"{where}, column {data.label_column!r}: one class only ({', '.join(found) or 'none'});"
            " at least two are needed."
        )
    if data.class_names:
        names = tuple(dict.fromkeys(data.class_names.values()))
        empty = [
            name
            for name in names
            if not any(data.class_names.get(label) == name for label in found)
        ]
        if empty:
            raise DataError(
                f"{where}, column {data.label_column!r}: no row has the class {empty[0]!r}; labels"
                f" there: {_shown(found)}. Correct data.class_names."
            )
        return names, {label: names.index(name) for label, name in data.class_names.items()}
    if len(found) > _MOST_CLASSES:
        raise DataError(
            f"{where}, column {data.label_column!r}: {len(found)} different labels, for example"
            f" {_shown(found[:3])}. Is it the label? Name yours with"
            f" {set_option('data.label_column', 'label')} or join classes with data.class_names."
        )
    return tuple(found), {label: index for index, label in enumerate(found)}


def class_of_rows(
    rows: LabelledRows, indices: Mapping[str, int], data: LabelledTableConfig
) -> NDArray[np.int64]:
    """Class index of each row, (n,) int64; −1 where the row has a problem.

    Raises:
        DataError: A label is unknown; the message names file and row.
    """
    targets = np.full(len(rows.table), -1, dtype=np.int64)
    for position, label in enumerate(rows.table["label"]):
        if position in rows.problems:
            continue
        if label not in indices:
            row = rows.table.iloc[position]
            raise DataError(
                f"{row['file']}, row {row['row']}, column {data.label_column!r}: unknown label"
                f" {label!r}; the training split has {_shown(list(indices))}. Correct it, or map it"
                " with data.class_names."
            )
        targets[position] = indices[label]
    return targets


def _numbers_first(label: str) -> tuple[int, float, str]:
    return (0, float(label), label) if _NUMBER.fullmatch(label) else (1, 0.0, label)


def _shown(labels: Sequence[str]) -> str:
    return ", ".join(repr(label) for label in labels[:10]) + (", …" if len(labels) > 10 else "")
