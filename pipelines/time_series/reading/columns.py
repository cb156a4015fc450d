"""Which column of a table is what: wide and long layouts, named by the user or recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype, is_timedelta64_dtype

from pipelines.time_series.config import TimeSeriesDataConfig
from shared.contract import Recognition
from shared.errors import DataError
from shared.loading.files.tables import read_column_names, require_columns
from shared.loading.recognition import find_tables, recognise_dataset

__all__ = ["Columns", "find_columns", "find_series_column", "is_moment", "recognise"]

_TIME_NAMES = ("date", "time", "timestamp", "datetime", "ds", "stamp")
_COARSE_TIME_NAMES = ("hour", "day")  # enough to recognise a table, too vague to choose a column
_SERIES_NAMES = ("series", "unique_id", "series_id", "item_id", "id", "site", "cols")
_VALUE_NAMES = ("value", "y", "target", "data")


def recognise(source: str) -> Recognition | None:
    """A table with a column of times, or a public dataset of series."""
    tables = find_tables(source)
    if not tables:
        return recognise_dataset(source, "series")
    names = {name.strip().lower() for name in read_column_names(tables[0])}
    if names.isdisjoint((*_TIME_NAMES, *_COARSE_TIME_NAMES)):
        return None
    return Recognition(f"{tables[0].name} has a column of times", num_files=len(tables))


@dataclass(frozen=True)
class Columns:
    """The roles of a table's columns.

    Attributes:
        time: Time stamps.
        series: Names of series in a long table; None in a wide one.
        values: The one column of values of a long table, or one column per series of a wide one.
        past: Covariates that are known up to now.
        known: Covariates that are known ahead of time.
        groups: Constant for each series.
    """

    time: str
    series: str | None
    values: tuple[str, ...]
    past: tuple[str, ...]
    known: tuple[str, ...]
    groups: tuple[str, ...]


def find_columns(table: pd.DataFrame, config: TimeSeriesDataConfig, path: Path) -> Columns:
    """Tell the columns' roles from the configuration.

    Where it says nothing, their names and contents tell.

    Raises:
        DataError: A named column is missing, or a role can't be told.
    """
    _require_configured(table, config, path)
    names = [str(name) for name in table.columns]
    time = config.time_column or _recognised(names, _TIME_NAMES) or names[0]
    taken = {
        time,
        *config.past,
        *config.known,
        *config.group_columns,
        *config.static_numbers,
        *config.static_texts,
    }
    rest = [name for name in names if name not in taken]
    series = _find_series(table, config, path, time, rest)
    if series is None:
        if config.group_columns:
            raise DataError(
                f"{path}: data.group_columns needs a long table, but this one is wide. Remove the"
                " setting."
            )
        values = config.value_columns or _numeric_columns(table, rest, path)
    else:
        values = (
            config.value_column
            or _find_value(table, [name for name in rest if name != series], path),
        )
    return Columns(time, series, values, config.past, config.known, config.group_columns)


def find_series_column(table: pd.DataFrame, config: TimeSeriesDataConfig) -> str:
    """The column of a table of static covariates that names the series.

    As in the table of values, or recognised, or the first.
    """
    names = [str(name) for name in table.columns]
    return (
        config.series_column
        if config.series_column in names
        else _recognised(names, _SERIES_NAMES) or names[0]
    )


def is_moment(column: pd.Series) -> bool:
    """Whether a column holds dates or durations, as Parquet knows them."""
    return is_datetime64_any_dtype(column) or is_timedelta64_dtype(column)


def _require_configured(table: pd.DataFrame, config: TimeSeriesDataConfig, path: Path) -> None:
    for setting in ("time_column", "series_column", "value_column"):
        name = getattr(config, setting)
        if name is not None:
            require_columns(table, [name], path=path, setting=f"data.{setting}")
    for setting, columns in (
        ("value_columns", config.value_columns),
        ("past_covariates", config.past),
        ("known_covariates", config.known),
        ("group_columns", config.group_columns),
        ("static_covariates", config.static_numbers if config.static_table is None else ()),
        ("static_categories", config.static_texts if config.static_table is None else ()),
    ):
        require_columns(table, columns, path=path, setting=f"data.{setting}")


def _find_series(
    table: pd.DataFrame, config: TimeSeriesDataConfig, path: Path, time: str, rest: Sequence[str]
) -> str | None:
    if config.layout == "wide":
        return None
    if config.series_column is not None:
        return config.series_column
    texts = [name for name in rest if not is_numeric_dtype(table[name])]
    # A wide table never repeats a stamp, and has no names in a column; a long one of several series
    # always does.
    looks_long = table[time].duplicated().any() or _recognised(texts, _SERIES_NAMES) is not None
    if config.layout == "long" or (not config.value_columns and looks_long):
        found = _recognised(rest, _SERIES_NAMES) or (texts[0] if len(texts) == 1 else None)
        if found is not None or config.layout == "auto":
            return found
        raise DataError(
            f"{path}: no column names the series. Columns: {', '.join(rest)}. Name it with --set"
            " data.series_column=…."
        )
    return None


def _find_value(table: pd.DataFrame, rest: Sequence[str], path: Path) -> str:
    numeric = [name for name in rest if is_numeric_dtype(table[name])]
    found = _recognised(rest, _VALUE_NAMES) or (numeric[0] if len(numeric) == 1 else None)
    if found is None:
        raise DataError(
            f"{path}: it can't be told which column holds the values. Columns left:"
            f" {', '.join(rest) or 'none'}. Name it with --set data.value_column=…."
        )
    return found


def _numeric_columns(table: pd.DataFrame, rest: Sequence[str], path: Path) -> tuple[str, ...]:
    if not rest:
        raise DataError(f"{path}: besides time and covariates there is no column to forecast.")
    for name in rest:
        # One bad cell makes pandas read a column as text: that is a bad cell, named later, not a
        # column of texts.
        cells = table[name].dropna()
        # pandas would turn moments into numbers: nanoseconds, and a huge one for a missing moment.
        is_number = (
            pd.Series(False, index=cells.index)
            if is_moment(cells)
            else pd.to_numeric(cells, errors="coerce").notna()
        )
        if not is_numeric_dtype(table[name]) and len(cells) and is_number.mean() < 0.5:
            raise DataError(
                f"{path}, column {name!r}: expected numbers, received for example"
                f" {cells[~is_number].iloc[0]!r}. Name the columns to forecast with --set"
                " data.value_columns=[…], or the one that names the series with --set"
                " data.series_column=…."
            )
    return tuple(rest)


def _recognised(names: Sequence[str], known: Sequence[str]) -> str | None:
    by_lower_case = {name.lower(): name for name in reversed(names)}
    return next((by_lower_case[name] for name in known if name in by_lower_case), None)
