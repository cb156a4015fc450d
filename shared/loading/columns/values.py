"""What a value of a column may be: a number, a category, or not given.

Reading and the served graph tell them by the same words and the same pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config.setting_text import set_option
from shared.contract import UNKNOWN, Rows
from shared.errors import DataError

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

_NUMBER_WITH_COMMA = r"[-+]?[0-9]{1,15}(,[0-9]+)?"
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


def told_numbers(training: pd.DataFrame, *, setting: str) -> tuple[str, ...]:
    """The columns whose given values are numbers, nine of ten or more.

    Args:
        training: Text, of the training split.
        setting: That says which columns are numbers, as `data.number_columns`.

    Raises:
        DataError: A column holds numbers with a decimal comma. As categories, hardly one of which
            comes twice, they would teach nothing, and nobody would be told.
    """
    numbers = []
    for name in training.columns:
        given = given_values(training[name], numbers=True)
        if not len(given):
            continue
        if given.map(is_number).mean() >= _NUMBERS_SHARE:
            numbers.append(str(name))
        elif given.str.fullmatch(_NUMBER_WITH_COMMA).mean() >= _NUMBERS_SHARE:
            raise _decimal_comma(str(name), given, setting)
    return tuple(numbers)


def _decimal_comma(name: str, given: pd.Series, setting: str) -> DataError:
    with_comma = given[given.str.contains(",")]
    points = (
        "import pandas; pandas.read_csv('OLD', sep=';', decimal=',').to_csv('NEW', index=False)"
    )
    return DataError(
        f"column {name!r}: {len(with_comma)} of {len(given)} training values are numbers with a"
        f" decimal comma, for example {with_comma.iloc[0]!r}; expected a point. Write the table"
        f' again: python -c "{points}". If they are names, say which columns are numbers:'
        f" {set_option(setting, [])}"
    )


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
