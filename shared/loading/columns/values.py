"""What a value of a column may be: a number, a category, or not given.

Reading and the served graph tell them by the same words and the same pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config.setting_text import set_option
from shared.contract import UNKNOWN, Rows
from shared.errors import DataError
from shared.loading.columns.number_marks import PLAIN, Marks, find_marks, other_marks_error

__all__ = [
    "FEWEST_ROWS",
    "NOT_GIVEN",
    "NOT_GIVEN_NUMBERS",
    "NUMBER_PATTERN",
    "TABULAR",
    "given_values",
    "is_number",
    "not_a_number",
    "rows_beside",
    "told_numbers",
]

TABULAR = "tabular"
"""Wire, row and tensor name: one value for each column that is read; text up to the row."""

NOT_GIVEN = ("", UNKNOWN)
"""In lower case: what stands where nothing is known. NA is a name, such as that of Namibia."""
NOT_GIVEN_NUMBERS = (*NOT_GIVEN, "na", "n/a", "nan")
"""The same in a column of numbers."""

NUMBER_PATTERN = r"[-+]?([0-9]{1,15}(\.[0-9]*)?|\.[0-9]+)(e(\+?0?[0-9]|-[0-9]{1,2}))?"
"""Of a number in lower case, for Python and for TensorFlow (RE2).

No more digits than a float holds: what is longer is a name made of digits, or damaged.
"""

FEWEST_ROWS = 3
"""Training rows of a category of its own; rarer ones teach what to think of others."""

_NUMBERS_SHARE = 0.9
"""Of the values given in training: a column with fewer numbers holds categories."""


def not_a_number(column: str) -> str:
    """Why an item is refused."""
    return f"column {column!r}: expected a number, or nothing where it is not known"


def is_number(text: str, marks: Marks = PLAIN) -> bool:
    """Whether a value is a number, written with some marks, that the graph reads."""
    if not marks.is_plain and re.fullmatch(marks.pattern, text) is None:
        return False
    return re.fullmatch(NUMBER_PATTERN, marks.plain_text(text).lower()) is not None


def given_values(column: pd.Series, *, numbers: bool) -> pd.Series:
    """The values of a column that are given, as text.

    Args:
        column: Text.
        numbers: Whether it is read as numbers.
    """
    words = NOT_GIVEN_NUMBERS if numbers else NOT_GIVEN
    given: pd.Series = column[~column.str.lower().isin(words)]
    return given


def told_numbers(training: pd.DataFrame, *, setting: str, marks: Marks = PLAIN) -> tuple[str, ...]:
    """The columns whose given values are numbers, nine of ten or more.

    Args:
        training: Text, of the training split.
        setting: That says which columns are numbers, as `data.number_columns`.
        marks: With which they are written.

    Raises:
        DataError: A column holds numbers by other marks. As categories, hardly one of which comes
            twice, they would teach nothing, and nobody would be told.
    """
    columns = [given_values(training[name], numbers=True) for name in training.columns]
    given = [cells for cells in columns if len(cells)]
    numbers = [str(cells.name) for cells in given if _are_numbers(cells, marks)]
    others = [cells for cells in given if cells.name not in numbers]
    _refuse_other_marks(others, marks, f"\nIf they are names: {set_option(setting, numbers)}")
    return tuple(numbers)


def _are_numbers(cells: pd.Series, marks: Marks) -> bool:
    return bool(cells.map(lambda text: is_number(text, marks)).mean() >= _NUMBERS_SHARE)


def _refuse_other_marks(columns: Sequence[pd.Series], marks: Marks, else_do: str) -> None:
    if marks.is_plain:
        found = find_marks(columns)
        if found:
            raise other_marks_error(columns, found, else_do=else_do)
        return
    plain = [cells for cells in columns if _are_numbers(cells, PLAIN)]
    if plain:
        raise DataError(f"column {plain[0].name!r}: {marks.refused(plain[0].iloc[0])}{else_do}")


def rows_beside(
    rows: Callable[[NDArray[np.int64]], Rows], texts: pd.DataFrame
) -> Callable[[NDArray[np.int64]], Rows]:
    """`rows` with the values of each row beside it.

    Args:
        rows: Indices -> wire batch.
        texts: n rows × one column each, "" where not given.
    """
    values = texts.to_numpy(dtype=object)
    return lambda indices: {**rows(indices), TABULAR: values[indices]}
