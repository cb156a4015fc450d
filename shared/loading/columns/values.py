"""What a value of a column may be: a number, a category, or not given.

Reading and the served graph tell them by the same words and the same pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import UNKNOWN, Rows

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


def is_number(text: str) -> bool:
    """Whether the graph reads a value as a number."""
    return re.fullmatch(NUMBER_PATTERN, text.lower()) is not None


def given_values(column: pd.Series, *, numbers: bool) -> pd.Series:
    """The values of a column that are given, as text.

    Args:
        column: Text.
        numbers: Whether it is read as numbers.
    """
    words = NOT_GIVEN_NUMBERS if numbers else NOT_GIVEN
    given: pd.Series = column[~column.str.lower().isin(words)]
    return given


def told_numbers(training: pd.DataFrame) -> tuple[str, ...]:
    """The columns whose given values are numbers, nine of ten or more.

    Args:
        training: Text, of the training split.
    """
    numbers = []
    for name in training.columns:
        given = given_values(training[name], numbers=True)
        if len(given) and given.map(is_number).mean() >= _NUMBERS_SHARE:
            numbers.append(str(name))
    return tuple(numbers)


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
