"""Decimal commas and marks between thousands: found, and read where a setting says so.

Nothing is guessed: 1.234 may be one and a quarter, or a thousand. A cell that does not keep to the
marks is refused by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.table.numbers import (
    in_pieces,
    is_moment,
    is_not_observed,
    to_numbers,
)
from shared.config.setting_text import set_option
from shared.errors import DataError

__all__ = [
    "Marks",
    "PlainTable",
    "describe_open_points",
    "find_marks",
    "marks_of",
    "refuse_marks",
    "roughly_plain",
    "with_plain_numbers",
]

_SPACES = " \u00a0\u202f\u2009"
"""Plain, no-break (French), narrow no-break and thin: all of them are one setting."""
_APOSTROPHES = "'\u2019"
_NAMES = {".": "point", ",": "comma", " ": "space", "'": "apostrophe"}
"""Of the settings."""
_FEWEST_POINTS = 5
_MOST = 0.9
"""Share of cells by which marks are told; the others are then refused by row."""
_EXPONENT = r"(?:[eE][-+]?\d+)?"


@dataclass(frozen=True)
class Marks:
    """How numbers are written.

    Attributes:
        decimal: Before decimals.
        thousands: Between groups of three digits; "" if nothing stands there.
    """

    decimal: str = "."
    thousands: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether numbers are written as programs do: 1234.5."""
        return self == Marks()

    @property
    def options(self) -> str:
        """The settings that say so, as they are typed."""
        return " ".join(set_option(name, value) for name, value in self.settings.items())

    @property
    def settings(self) -> dict[str, str]:
        """The settings that say so."""
        found = {} if self.decimal == "." else {"data.decimal": _NAMES[self.decimal]}
        return found | ({"data.thousands": _NAMES[self.thousands]} if self.thousands else {})

    @property
    def pattern(self) -> str:
        """A regular expression that fits whole cells."""
        decimals = rf"(?:{re.escape(self.decimal)}\d+)?"
        digits = rf"\d+{decimals}{_EXPONENT}"
        if not self.thousands:
            return rf"[-+]?{digits}"
        # One kind of mark in a number: 1 234'567 is none.
        groups = "|".join(
            rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+" for mark in _alike(self.thousands)
        )
        return rf"[-+]?(?:(?:{groups}){decimals}|{digits})"

    def plain(self, cells: pd.Series) -> pd.Series:
        """Cells that fit as programs write them."""
        for mark in _alike(self.thousands):
            cells = cells.str.replace(mark, "", regex=False)
        return cells if self.decimal == "." else cells.str.replace(self.decimal, ".", regex=False)


_KNOWN = (
    Marks(",", ""),
    Marks(".", ","),
    Marks(".", " "),
    Marks(".", "'"),
    Marks(",", "."),
    Marks(",", " "),
    Marks(",", "'"),
)
"""The fewest marks first."""


@dataclass(frozen=True)
class PlainTable:
    """A table whose numbers are written as programs do, and how many cells were not."""

    table: pd.DataFrame
    num_changed: int


def marks_of(config: TimeSeriesDataConfig) -> Marks:
    """The marks that the configuration names."""
    characters = {name: character for character, name in _NAMES.items()}
    thousands = "" if config.thousands is None else characters[config.thousands]
    return Marks(characters[config.decimal], thousands)


def find_marks(columns: Iterable[pd.Series]) -> tuple[Marks, ...]:
    """The marks by which most columns are numbers; several where cells fit them all, as 1,234.

    Args:
        columns: Those that are numbers as they stand, or by no marks, are passed over.
    """
    written = [_cells(column) for column in columns if not _is_plain(column)]
    fitting: dict[Marks, list[pd.Series]] = {}
    for marks in _KNOWN:
        fit = [
            cells[cells.str.fullmatch(marks.pattern)] for cells in written if _fits(cells, marks)
        ]
        fitting[marks] = [marks.plain(cells).astype(float) for cells in fit]
    most = max(map(len, fitting.values()))
    found: dict[Marks, list[pd.Series]] = {}
    for marks, numbers in fitting.items():
        is_new = not any(_are_equal(numbers, others) for others in found.values())
        if most and len(numbers) == most and is_new:
            found[marks] = numbers
    return tuple(found)


def refuse_marks(table: pd.DataFrame, names: Sequence[str], path: Path) -> None:
    """Refuse columns that are numbers by other marks than programs use.

    Args:
        table: As it was read.
        names: Columns that may hold numbers.
        path: Of the table.

    Raises:
        DataError: Says which marks, and how to have them read.
    """
    columns = [table[name] for name in names]
    found = find_marks(columns)
    if not found:
        return
    pattern = found[0].pattern
    column = next(
        column for column in columns if not _is_plain(column) and _fits(_cells(column), found[0])
    )
    cells = _cells(column)
    is_other = cells.str.fullmatch(pattern) & ~cells.str.fullmatch(Marks().pattern)
    example = str(cells[is_other].iloc[0])
    start = f"{path}, column {column.name!r}: {example!r} is not written as programs write numbers."
    if len(found) == 1:
        plain = found[0].plain(pd.Series([example], dtype=object)).iloc[0]
        raise DataError(
            f"{start} To have it read as {plain}: {found[0].options}", settings=found[0].settings
        )
    readings = " or ".join(
        f"{marks.plain(pd.Series([example], dtype=object)).iloc[0]}: {marks.options}"
        for marks in found
    )
    raise DataError(f"{start} Say which number it is. {readings}")


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
        f" {_KNOWN[4].options}",
    )


def _open_points(column: pd.Series) -> pd.Series:
    """The cells with a point, if one might stand between thousands in each of them; else none."""
    found = [pd.Series([], dtype=str)]
    is_text = not (is_numeric_dtype(column) or is_moment(column))
    for piece in in_pieces(column) if is_text else ():
        cells = _cells(piece)
        found.append(cells[cells.str.contains(".", regex=False)])
        if not found[-1].str.fullmatch(_KNOWN[4].pattern).all():  # points between thousands
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
    known = [Marks().pattern, *(other.pattern for other in _KNOWN)]
    numbers = cells[cells.str.fullmatch("|".join(known))]
    if not len(numbers):
        return
    row = int(str(numbers.index[0])) + 1
    raise DataError(
        f"{path}, row {row}, column {cells.name!r}: {numbers.iloc[0]!r} is not written with the"
        f" marks that numbers have here ({marks.options.replace('--set ', '')})."
        " Correct it, or the settings."
    )


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


def _fits(cells: pd.Series, marks: Marks) -> bool:
    """Whether nearly all cells keep to the marks, and several only to them: one is a slip."""
    fit = cells.str.fullmatch(marks.pattern)
    num_plain = cells.str.fullmatch(Marks().pattern).sum()
    return bool(fit.mean() >= _MOST and fit.sum() > num_plain + 1)


def _are_equal(columns: Sequence[pd.Series], others: Sequence[pd.Series]) -> bool:
    pairs = zip(columns, others, strict=False)
    return len(columns) == len(others) and all(column.equals(other) for column, other in pairs)


def _is_plain(column: pd.Series) -> bool:
    if is_moment(column) or is_numeric_dtype(column):
        return True
    return all(bool(np.isfinite(to_numbers(_cells(piece))).all()) for piece in in_pieces(column))


def _cells(column: pd.Series) -> pd.Series:
    return column[~is_not_observed(column)].astype(str).str.strip()


def _alike(mark: str) -> str:
    """All characters that are meant by one mark."""
    if mark == " ":
        return _SPACES
    return _APOSTROPHES if mark == "'" else mark
