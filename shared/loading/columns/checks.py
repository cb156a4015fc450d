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
from shared.shared_names import shared_names

__all__ = ["refuse_copies", "require_content", "unreadable_numbers"]

_FREQUENT_SHARE = 0.5
_FEWEST_ENTITIES = 20
"""Fewer may differ in their age, say, by chance."""
_WITH_UNIT = r"[^\w\s]?\s?[-+]?\d[\d.,']*\s?[^\W\d]{0,4}[^\w\s]?"
"""A number, behind it up to four letters or before or behind it a sign: 5 kg, 5 %, $5."""


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


def require_content(table: pd.DataFrame, numbers: Sequence[str], *, setting: str) -> None:
    """Refuse columns that say nothing, all at once.

    Args:
        table: Text, of the training split.
        numbers: Those that are read as numbers.
        setting: That names the columns, for the message.

    Raises:
        DataError: Some are empty, the same in all rows, or hold a name of their own in most.
    """
    found = {str(name): _why_useless(table[name], is_number=name in numbers) for name in table}
    reasons = {name: why for name, why in found.items() if why is not None}
    if not reasons:
        return
    said = "; ".join(f"{name!r} of {setting} {why}" for name, why in reasons.items())
    kept = [name for name in found if name not in reasons]
    settings = {setting: kept} if kept else {}
    end = f"Leave it out: {set_option(setting, kept)}" if kept else "No other column is left."
    raise DataError(f"The column {said}. {end}", settings=settings)


def _why_useless(column: pd.Series, *, is_number: bool) -> str | None:
    given = given_values(column, numbers=is_number).str.lower()
    if not len(given):
        return "is empty in all rows of the training split"
    values = given.astype(float) if is_number else given
    if len(given) == len(column) and values.nunique() == 1:
        return f"holds {given.iloc[0]!r} in all rows of the training split"
    counts = values.value_counts()
    if is_number or counts[counts >= FEWEST_ROWS].sum() >= _FREQUENT_SHARE * len(given):
        return None
    if given.str.fullmatch(_WITH_UNIT).all():
        return f"holds numbers with signs or units, such as {given.iloc[0]!r}: write numbers alone"
    return (
        f"holds {len(counts):,} different values in {len(given):,} rows of the training split:"
        " names, dates or free text, from which nothing can be learnt about other rows"
    )


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
    values = shared_names(column.str.lower())
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
