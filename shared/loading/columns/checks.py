"""What of a column says nothing, can't be read, or says too much. Judged on the training split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config.setting_text import set_option
from shared.errors import DataError
from shared.loading.columns.number_marks import PLAIN, Marks
from shared.loading.columns.values import FEWEST_ROWS, given_values, is_number, not_a_number

__all__ = ["refuse_copies", "require_content", "unreadable_numbers"]

_FREQUENT_SHARE = 0.5
_FEWEST_ENTITIES = 20
"""Fewer may differ in their age, say, by chance."""


def unreadable_numbers(
    table: pd.DataFrame, numbers: Sequence[str], marks: Marks = PLAIN
) -> dict[int, tuple[str, str]]:
    """Row -> the first column of numbers that holds none there, and why that is refused."""
    found: dict[int, tuple[str, str]] = {}
    for name in numbers:
        given = given_values(table[name], numbers=True)
        is_read = given.map(lambda text: is_number(text, marks)).astype(bool)
        for row in given.index[~is_read].tolist():
            found.setdefault(row, (name, not_a_number(name)))
    return found


def require_content(column: pd.Series, *, is_number: bool, setting: str) -> None:
    """Refuse a column that says nothing.

    Args:
        column: Text, of the training split.
        is_number: Whether it is read as numbers.
        setting: That names the columns, for the message.

    Raises:
        DataError: It is empty, the same in all rows, or holds a name of its own in most.
    """
    given = given_values(column, numbers=is_number).str.lower()
    if not len(given):
        raise _useless(column, setting, "is empty in all rows of the training split")
    values = given.astype(float) if is_number else given
    if len(given) == len(column) and values.nunique() == 1:
        raise _useless(
            column, setting, f"holds {given.iloc[0]!r} in all rows of the training split"
        )
    counts = values.value_counts()
    if not is_number and counts[counts >= FEWEST_ROWS].sum() < _FREQUENT_SHARE * len(given):
        raise _useless(
            column,
            setting,
            f"holds {len(counts):,} different values in {len(given):,} rows of the training split:"
            " names or free text, from which nothing can be learnt about other rows",
        )


def _useless(column: pd.Series, setting: str, why: str) -> DataError:
    return DataError(f"The column {column.name!r} of {setting} {why}. Leave it out.")


def refuse_copies(
    column: pd.Series, labels: NDArray[np.str_], entities: NDArray[np.str_], *, setting: str
) -> None:
    """Refuse what stands for the label or the entity under another name.

    Args:
        column: Text, of the training split.
        labels: (n,) of the same rows.
        entities: (n,) of the same rows.
        setting: That names the columns, for the message.

    Raises:
        DataError: It does.
    """
    values = column.str.lower().to_numpy(dtype=np.str_)
    is_repeated = _FEWEST_ENTITIES <= len(np.unique(entities)) < len(entities)
    others = {"label": labels} | ({"entity": entities} if is_repeated else {})
    for what, names in others.items():
        if _is_renamed(values, names):
            raise DataError(
                f"Leak: each value of the column {column.name!r} of {setting} stands for"
                f" one {what} in the training split, and each {what} for one value: it is the"
                f" {what} under another name. Leave it out, or accept it with"
                f" {set_option('data.allow_leakage', True)}"
            )


def _is_renamed(values: NDArray[np.str_], names: NDArray[np.str_]) -> bool:
    num_pairs = len(set(zip(values.tolist(), names.tolist(), strict=True)))
    return num_pairs == len(np.unique(values)) == len(np.unique(names)) > 1
