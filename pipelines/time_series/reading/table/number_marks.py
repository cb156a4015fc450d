"""Decimal commas and marks between thousands in tables of series.

A cell that does not keep to the marks is refused by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from pipelines.time_series.reading.table.numbers import (
    in_pieces,
    is_moment,
    is_not_observed,
    to_numbers,
)
from shared.errors import DataError
from shared.loading.columns.number_marks import (
    KNOWN_MARKS,
    Marks,
    find_marks,
    other_marks_error,
)

__all__ = [
    "PlainTable",
    "describe_open_points",
    "has_other_marks",
    "refuse_marks",
    "roughly_plain",
    "with_plain_numbers",
]

_COMMA_AND_POINTS = Marks(",", ".")
_FEWEST_POINTS = 5


@dataclass(frozen=True)
class PlainTable:
    """A table whose numbers are written as programs do, and how many cells were not."""

    table: pd.DataFrame
    num_changed: int


def refuse_marks(table: pd.DataFrame, names: Sequence[str], path: Path) -> None:
    """Refuse columns that are numbers by other marks than programs use.

    Args:
        table: As it was read.
        names: Columns that may hold numbers.
        path: Of the table.

    Raises:
        DataError: Says which marks, and how to have them read.
    """
    columns = _odd_cells([table[name] for name in names])
    found = find_marks(columns)
    if found:
        raise other_marks_error(columns, found, where=f"{path}, ")


def has_other_marks(column: pd.Series) -> bool:
    """Whether a column is numbers by other marks than programs use."""
    return bool(find_marks(_odd_cells([column])))


def describe_open_points(table: pd.DataFrame, names: Sequence[str]) -> tuple[str, ...]:
    """A sentence about columns whose points may stand between thousands: read as decimals.

    Args:
        table: As it was read.
        names: Columns of numbers.
    """
    pointed = {name: _open_points(table[name]) for name in names}
    suspicious = [item for item in pointed.items() if len(item[1]) >= _FEWEST_POINTS]
    if not suspicious or any(cells.str.match(r"[-+]?0\.").any() for _, cells in suspicious):
        return ()
    name, cells = suspicious[0]
    return (
        f"Every point in {name!r} has three digits behind it, as in {cells.iloc[0]!r}, which is"
        " read as a decimal. If points stand between thousands, say so with"
        f" {_COMMA_AND_POINTS.options}",
    )


def _open_points(column: pd.Series) -> pd.Series:
    """The cells with a point, if one might stand between thousands in each of them; else none."""
    found = [pd.Series([], dtype=str)]
    is_text = not (is_numeric_dtype(column) or is_moment(column))
    for piece in in_pieces(column) if is_text else ():
        cells = _cells(piece)
        found.append(cells[cells.str.contains(".", regex=False)])
        if not found[-1].str.fullmatch(_COMMA_AND_POINTS.pattern).all():
            return found[0]
    return pd.concat(found)


def with_plain_numbers(
    table: pd.DataFrame, names: Sequence[str], marks: Marks, path: Path
) -> PlainTable:
    """The table with numbers as programs write them, where marks say how they are written.

    Args:
        table: As it was read.
        names: Columns of numbers.
        marks: Of the configuration.
        path: Of the table.

    Raises:
        DataError: A cell would be a number by other marks only; the message names its row.
    """
    if marks.is_plain:
        return PlainTable(table, 0)
    changed = 0
    plain: dict[str, pd.Series] = {}
    for name in dict.fromkeys(names):
        column = table[name]
        if is_numeric_dtype(column) or is_moment(column):
            continue
        cells = column.astype(str).str.strip()
        fits = cells.str.fullmatch(marks.pattern)
        others = ~fits & ~is_not_observed(column)
        _refuse_other_marks(cells[others], marks, path)
        written = marks.plain(cells[fits])
        changed += int((written != cells[fits]).sum())
        plain[name] = column.astype(object).where(~fits, written)
    return PlainTable(table.assign(**plain), changed)


def _refuse_other_marks(cells: pd.Series, marks: Marks, path: Path) -> None:
    """Refuse a number by other marks; what is none at all is named later, with its series."""
    known = [Marks().pattern, *(other.pattern for other in KNOWN_MARKS)]
    numbers = cells[cells.str.fullmatch("|".join(known))]
    if not len(numbers):
        return
    row = int(str(numbers.index[0])) + 1
    raise DataError(f"{path}, row {row}, column {cells.name!r}: {marks.refused(numbers.iloc[0])}")


def roughly_plain(table: pd.DataFrame, marks: Marks) -> pd.DataFrame:
    """The table with all cells plain that fit the marks, to tell which columns hold numbers."""
    if marks.is_plain:
        return table
    plain = {}
    for name in table.columns:
        if is_numeric_dtype(table[name]) or is_moment(table[name]):
            continue
        cells = table[name].astype(str).str.strip()
        fits = cells.str.fullmatch(marks.pattern)
        plain[str(name)] = table[name].astype(object).where(~fits, marks.plain(cells[fits]))
    return table.assign(**plain)


def _odd_cells(columns: Sequence[pd.Series]) -> list[pd.Series]:
    """What columns hold that are no numbers as they stand."""
    return [_cells(column) for column in columns if not _is_plain(column)]


def _is_plain(column: pd.Series) -> bool:
    if is_moment(column) or is_numeric_dtype(column):
        return True
    return all(bool(np.isfinite(to_numbers(_cells(piece))).all()) for piece in in_pieces(column))


def _cells(column: pd.Series) -> pd.Series:
    return column[~is_not_observed(column)].astype(str).str.strip()
