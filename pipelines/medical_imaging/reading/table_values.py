"""What stands in the tables of images: names, and ages that become groups."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.medical_imaging.config import MedicalDataConfig
from shared.contract import UNKNOWN, Problem
from shared.loading.columns.number_marks import (
    PLAIN,
    Marks,
    find_marks,
    marks_of,
    other_marks_error,
)
from shared.loading.columns.values import is_number
from shared.loading.name_columns import find_unusable_names
from shared.names import name_key

__all__ = ["age_bands", "age_bands_of", "as_text", "band_names", "field_problems", "name_columns"]

_NO_AGE = frozenset({"", UNKNOWN, "na", "n/a", "nan"})  # in a column of numbers
_OLDEST_YEARS = 120.0


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Every value as text, "" where there is none; prepared datasets bring numbers."""
    return table.astype(object).where(table.notna(), "").astype(str)


def name_columns(data: MedicalDataConfig) -> tuple[str, ...]:
    """The columns of a table whose values are names."""
    optional = (data.entity_column, data.split_column if data.split == "given" else None)
    named = (column for column in optional if column is not None)
    return (data.image_column, data.label_column, *named, *data.group_columns)


def field_problems(
    table: pd.DataFrame, data: MedicalDataConfig, path: Path, bands: list[str | None] | None
) -> dict[int, Problem]:
    """Row (from 0) -> its first problem among names and age.

    Args:
        table: Its names are tidy.
        data: Names the columns.
        path: Of the table, for messages.
        bands: As `age_bands` gives them; None if ages are not asked for.
    """
    fields = {column: column for column in name_columns(data)}
    problems = find_unusable_names(table, fields, file=str(path))
    for column in (data.label_column, data.entity_column):
        if column is not None:
            for row in np.flatnonzero(table[column] == "").tolist():
                problems.setdefault(row, Problem(str(path), "the field is empty", row + 1, column))
    for row, band in enumerate(bands or ()):
        if band is None:
            received = table[data.age_column].iloc[row]
            reason = f"expected an age in years from 0 to 120, or nothing; received {received!r}"
            problems.setdefault(row, Problem(str(path), reason, row + 1, data.age_column))
    return problems


def age_bands_of(table: pd.DataFrame, data: MedicalDataConfig) -> list[str | None] | None:
    """The bands of `data.age_column`; None if ages are not asked for.

    Args:
        table: As `as_text` gives it.
        data: Names the column, and the marks with which numbers are written.

    Raises:
        DataError: They are written with other marks.
    """
    if data.age_column is None:
        return None
    ages = table[data.age_column].map(name_key)
    marks = marks_of(data)
    given = ages[~ages.str.lower().isin(_NO_AGE)]
    found = find_marks([given]) if marks.is_plain and not given.map(is_number).all() else ()
    if found:
        raise other_marks_error([given], found)
    return age_bands(ages, data.age_band_edges_years, marks)


def age_bands(
    ages: pd.Series, edges_years: Sequence[int], marks: Marks = PLAIN
) -> list[str | None]:
    """The band of each age.

    Args:
        ages: (n,) text: years, with or without decimals.
        edges_years: First year of each band but the youngest, increasing.
        marks: With which they are written.

    Returns:
        For example "30-44"; `UNKNOWN` where not given; None where it is no age (0 to 120).
    """
    names = band_names(edges_years)
    return [_band(name_key(str(age)), edges_years, names, marks) for age in ages]


def band_names(edges_years: Sequence[int]) -> tuple[str, ...]:
    """Names from the youngest band to the oldest, one more than edges."""
    middle = [f"{first}-{following - 1}" for first, following in pairwise(edges_years)]
    return (f"under {edges_years[0]}", *middle, f"{edges_years[-1]} and over")


def _band(age: str, edges_years: Sequence[int], names: Sequence[str], marks: Marks) -> str | None:
    if age.lower() in _NO_AGE:
        return UNKNOWN
    if not is_number(age, marks):
        return None
    years = float(marks.plain_text(age))
    if not 0.0 <= years <= _OLDEST_YEARS:
        return None
    return names[sum(years >= edge for edge in edges_years)]
