"""Cells of values and covariates -> numbers; every other column stays the text of its file."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype, is_timedelta64_dtype

from shared.computed_column import PIECE_ROWS

__all__ = [
    "in_pieces",
    "is_blank",
    "is_moment",
    "is_not_observed",
    "is_spelled_number",
    "looks_numeric",
    "to_numbers",
    "why_no_number",
]

_NOT_OBSERVED = frozenset({"", "na", "nan", "null", "none", "n/a", "#n/a", "<na>"})
"""What programs write into a number column where nothing was observed. In a column of names these
are names."""

_CORRECT = "Correct it, or leave the cell empty: then it counts as not observed"
_LOOKED_AT = 1000
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?[\d.]*\d,\d+")


def is_moment(column: pd.Series) -> bool:
    """Whether a column holds dates or durations, as Parquet knows them."""
    return is_datetime64_any_dtype(column) or is_timedelta64_dtype(column)


def in_pieces(column: pd.Series) -> Iterator[pd.Series]:
    """A column some rows at a time: each str of a cell takes three times its Arrow string."""
    for start in range(0, max(len(column), 1), PIECE_ROWS):
        yield column.iloc[start : start + PIECE_ROWS]


def is_blank(column: pd.Series) -> NDArray[np.bool_]:
    """Where nothing stands, (rows,): neither a value nor a character other than spaces."""
    blank = column.isna().to_numpy(dtype=np.bool_)
    if is_numeric_dtype(column) or is_moment(column):
        return blank
    found = [(piece.astype(str).str.strip() == "").to_numpy() for piece in in_pieces(column)]
    return blank | np.concatenate(found, dtype=np.bool_)


def is_not_observed(column: pd.Series) -> NDArray[np.bool_]:
    """Where a column of numbers says that there is none, (rows,)."""
    missing = column.isna().to_numpy(dtype=np.bool_)
    if is_numeric_dtype(column) or is_moment(column):
        return missing
    spelled = [
        piece.astype(str).str.strip().str.lower().isin(_NOT_OBSERVED).to_numpy()
        for piece in in_pieces(column)
    ]
    return missing | np.concatenate(spelled, dtype=np.bool_)


def to_numbers(column: pd.Series) -> NDArray[np.float64]:
    """The column as numbers, (rows,); NaN where a cell holds none that is used.

    Beyond the range of float32 nothing is used, so that squares stay finite.
    """
    if is_moment(column):  # pandas would make numbers of them: nanoseconds
        return np.full(len(column), np.nan)
    pieces = [pd.to_numeric(piece, errors="coerce") for piece in in_pieces(column)]
    numbers = np.concatenate([cells.to_numpy(np.float64, na_value=np.nan) for cells in pieces])
    return np.where(np.abs(numbers) <= np.finfo(np.float32).max, numbers, np.nan)


def looks_numeric(column: pd.Series) -> bool:
    """Whether most cells that say anything hold numbers.

    One bad cell does not make a column of texts: it is a bad cell, to be named. Of long columns
    some cells, evenly spread, are looked at.
    """
    if is_numeric_dtype(column):
        return True
    cells = column[~is_not_observed(column)]
    cells = cells.iloc[:: max(1, len(cells) // _LOOKED_AT)]
    return len(cells) == 0 or bool(np.isfinite(to_numbers(cells)).mean() >= 0.5)


def is_spelled_number(text: str) -> bool:
    """Whether a person would read a number here."""
    return why_no_number(text) != _CORRECT


def why_no_number(text: str) -> str:
    """What to do about a cell that holds no number, in a sentence without a full stop."""
    cell = text.strip()
    if _THOUSANDS.fullmatch(cell):
        return (
            "It holds a comma, between thousands or before decimals: write 1,234 as 1234 or 1.234"
            " in the whole column"
        )
    if _DECIMAL_COMMA.fullmatch(cell):
        return "It holds a decimal comma: write 1,5 as 1.5, and 1.234,5 as 1234.5"
    if cell.endswith("%"):
        return "It holds a percent sign: write 5 % as 5 or as 0.05 in the whole column"
    return _CORRECT
