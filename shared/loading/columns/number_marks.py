"""Decimal commas and marks between thousands: found, and read where a setting says so.

Nothing is guessed: 1.234 may be one and a quarter, or a thousand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from shared.config import DataConfig
from shared.config.setting_text import set_option
from shared.errors import DataError

__all__ = [
    "KNOWN_MARKS",
    "PLAIN",
    "Marks",
    "NumberMarksConfig",
    "find_marks",
    "fits_marks",
    "marks_of",
    "other_marks_error",
]

_SPACES = " \u00a0\u202f\u2009"
"""Plain, no-break (French), narrow no-break and thin: all of them are one setting."""
_APOSTROPHES = "'\u2019"
_NAMES = {".": "point", ",": "comma", " ": "space", "'": "apostrophe"}
"""Of the settings."""
_MOST = 0.9
"""Share of cells by which marks are told; the others are then refused by row."""
_EXPONENT = r"(?:[eE][-+]?\d+)?"


class NumberMarksConfig(DataConfig):
    """How numbers are written in the user's tables of text."""

    decimal: Literal["point", "comma"] = Field(
        "point", description="What stands before the decimals of numbers in a table of text."
    )
    thousands: Literal["point", "comma", "space", "apostrophe"] | None = Field(
        None, description="What stands between their groups of three digits; null: nothing."
    )

    @model_validator(mode="after")
    def _tells_marks_apart(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError(f"data.decimal and data.thousands are both {self.decimal!r}")
        return self


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

    @property
    def said(self) -> str:
        """The settings that say so, in a sentence."""
        return ", ".join(f"{name}={value}" for name, value in self.settings.items())

    def refused(self, value: object) -> str:
        """What is said of a number by other marks than these."""
        return (
            f"{value!r} is not written with the marks that numbers have here ({self.said})."
            " Correct it, or the settings."
        )

    def plain_text(self, text: str) -> str:
        """What fits as programs write it."""
        for mark in _alike(self.thousands):
            text = text.replace(mark, "")
        return text.replace(self.decimal, ".")

    def plain(self, cells: pd.Series) -> pd.Series:
        """Cells that fit as programs write them."""
        return cells.map(self.plain_text)

    def plain_where_written(self, cells: pd.Series) -> pd.Series:
        """Cells of text: those that fit as programs write them, the others as they stand."""
        if self.is_plain:
            return cells
        fits = cells.str.fullmatch(self.pattern).astype(bool)
        return cells.where(~fits, self.plain(cells))


PLAIN = Marks()
KNOWN_MARKS = (
    Marks(",", ""),
    Marks(".", ","),
    Marks(".", " "),
    Marks(".", "'"),
    Marks(",", "."),
    Marks(",", " "),
    Marks(",", "'"),
)
"""The fewest marks first."""


def marks_of(config: NumberMarksConfig) -> Marks:
    """The marks that the configuration names."""
    characters = {name: character for character, name in _NAMES.items()}
    thousands = "" if config.thousands is None else characters[config.thousands]
    return Marks(characters[config.decimal], thousands)


def find_marks(written: Iterable[pd.Series]) -> tuple[Marks, ...]:
    """The marks by which most columns are numbers; several where cells fit them all, as 1,234.

    Args:
        written: Text that is given, of columns that are no numbers as they stand.
    """
    columns = list(written)
    fitting: dict[Marks, list[pd.Series]] = {}
    for marks in KNOWN_MARKS:
        fit = [
            cells[cells.str.fullmatch(marks.pattern)]
            for cells in columns
            if fits_marks(cells, marks)
        ]
        fitting[marks] = [marks.plain(cells).astype(float) for cells in fit]
    most = max(map(len, fitting.values()))
    found: dict[Marks, list[pd.Series]] = {}
    for marks, numbers in fitting.items():
        is_new = not any(_are_equal(numbers, others) for others in found.values())
        if most and len(numbers) == most and is_new:
            found[marks] = numbers
    return tuple(found)


def fits_marks(cells: pd.Series, marks: Marks) -> bool:
    """Whether nearly all cells keep to the marks, and several only to them: one is a slip."""
    fit = cells.str.fullmatch(marks.pattern)
    num_plain = cells.str.fullmatch(Marks().pattern).sum()
    return bool(fit.mean() >= _MOST and fit.sum() > num_plain + 1)


def other_marks_error(
    columns: Sequence[pd.Series], found: Sequence[Marks], *, where: str = "", else_do: str = ""
) -> DataError:
    """Says by which marks a column is numbers, and how to have them read.

    Args:
        columns: As `find_marks` took them.
        found: As it gave them, at least one.
        where: The beginning of the message, before the column.
        else_do: Its end: what to do if they are no numbers.
    """
    cells = next(column for column in columns if fits_marks(column, found[0]))
    is_other = cells.str.fullmatch(found[0].pattern) & ~cells.str.fullmatch(Marks().pattern)
    example = str(cells[is_other].iloc[0])
    start = f"{where}column {cells.name!r}: {example!r} is not written as programs write numbers."
    readings = " or ".join(f"{marks.plain_text(example)}: {marks.options}" for marks in found)
    if len(found) > 1:
        return DataError(f"{start} Say which number it is. {readings}{else_do}")
    said = f"{start} To have it read as {readings}{else_do}"
    return DataError(said, settings=found[0].settings)


def _are_equal(columns: Sequence[pd.Series], others: Sequence[pd.Series]) -> bool:
    pairs = zip(columns, others, strict=False)
    return len(columns) == len(others) and all(column.equals(other) for column, other in pairs)


def _alike(mark: str) -> str:
    """All characters that are meant by one mark."""
    if mark == " ":
        return _SPACES
    return _APOSTROPHES if mark == "'" else mark
