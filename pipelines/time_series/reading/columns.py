"""Which column of a table is what: wide and long layouts, named by the user or recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.clock.formats import looks_like_moments
from pipelines.time_series.reading.table.header import is_index_name, require_header
from pipelines.time_series.reading.table.numbers import (
    is_not_observed,
    is_spelled_number,
    looks_numeric,
    to_numbers,
    why_no_number,
)
from shared.config.setting_text import set_option
from shared.errors import DataError
from shared.loading.files.column_words import is_called
from shared.loading.files.tables import may_lack_header, require_columns

__all__ = [
    "TIME_NAMES",
    "Columns",
    "find_columns",
    "find_series_column",
    "find_time_column",
    "names_time",
]

TIME_NAMES = ("date", "time", "timestamp", "datetime", "ds", "stamp")
"""Of a column of stamps."""
_INDEX_NAMES = ("t", "step", "period", "time_idx", "time_step")  # of numbers of steps
_ID_NAMES = (
    *("unique_id", "series_id", "ts_id", "item_id", "id", "store_id", "shop_id", "product_id"),
    *("sku", "store", "shop", "item", "product", "sensor_id", "sensor", "meter_id", "meter"),
    *("station_id", "station", "device_id", "device", "site_id", "customer_id", "location_id"),
)
_ID_ENDING = re.compile(r".*([_ -](id|ID|nbr|NBR|code|key)|[a-z](Id|ID))")
"""A column of such a name holds ids, whatever they look like."""
_SERIES_NAMES = (*_ID_NAMES, "series", "site", "cols", "name", "key", "location", "symbol")
"""The others do where they hold text, or where stamps repeat."""
_ROWS_LOOKED_AT = 100
_VALUE_NAMES = ("value", "y", "target", "data")


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
        leftover: Those without a role.
    """

    time: str
    series: str | None
    values: tuple[str, ...]
    past: tuple[str, ...]
    known: tuple[str, ...]
    groups: tuple[str, ...]
    leftover: tuple[str, ...] = ()

    def as_settings(self) -> dict[str, Any]:
        """Settings of `data` by which a file to score is read in the same way."""
        if self.series is None:
            return {"layout": "wide", "time_column": self.time}
        return {
            "layout": "long",
            "time_column": self.time,
            "series_column": self.series,
            "value_column": self.values[0],
        }


def find_columns(table: pd.DataFrame, config: TimeSeriesDataConfig, path: Path) -> Columns:
    """Tell the columns' roles from the configuration.

    Where it says nothing, their names and contents tell.

    Raises:
        DataError: A named column is missing, the first line names no columns, or a role can't be
            told.
    """
    names = [str(name) for name in table.columns]
    time = find_time_column(table, config)
    if may_lack_header(path) and config.time_column is None:
        require_header(names, time, path)
    _require_configured(table, config, path)
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
        others = [name for name in rest if name != series]
        values = (config.value_column or _find_value(table, others, path),)
    leftover = tuple(name for name in rest if name != series and name not in values)
    known = config.known
    return Columns(time, series, values, config.past, known, config.group_columns, leftover)


def find_time_column(table: pd.DataFrame, config: TimeSeriesDataConfig) -> str:
    """The configured column of stamps, or the one named like it or that holds some, or the first.

    Args:
        table: As it was read.
        config: Perhaps names the column.
    """
    names = [str(name) for name in table.columns]
    known = config.time_column or _recognised(names, (*TIME_NAMES, *_INDEX_NAMES))
    if known is not None:
        return known
    first = table.iloc[:_ROWS_LOOKED_AT]
    holding = [name for name in names if looks_like_moments(first[name])]
    called = [name for name in holding if is_called(name, "time")]
    return (*called, *holding, names[0])[0]


def names_time(name: str, config: TimeSeriesDataConfig) -> bool:
    """Whether a column says, or the configuration says of it, that it holds stamps."""
    known = (*TIME_NAMES, *_INDEX_NAMES)
    is_known = name == config.time_column or _recognised([name], known) is not None
    return is_known or is_called(name, "time")


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


def _require_configured(table: pd.DataFrame, config: TimeSeriesDataConfig, path: Path) -> None:
    of_long = () if config.layout == "wide" else ("series_column", "value_column")
    wanted: dict[str, Sequence[str]] = {}
    for setting in ("time_column", *of_long):
        name = getattr(config, setting)
        wanted[setting] = () if name is None else (name,)
    wanted["value_columns"] = config.value_columns
    wanted["past_covariates"] = config.past
    wanted["known_covariates"] = config.known
    wanted["group_columns"] = config.group_columns
    if config.static_table is None:
        wanted["static_covariates"] = config.static_numbers
        wanted["static_categories"] = config.static_texts
    require_columns(
        table, {f"data.{setting}": columns for setting, columns in wanted.items()}, path=path
    )


def _find_series(
    table: pd.DataFrame, config: TimeSeriesDataConfig, path: Path, time: str, rest: Sequence[str]
) -> str | None:
    if config.layout == "wide":
        return None
    if config.series_column is not None:
        return config.series_column
    if config.layout == "auto" and (config.value_columns or len(rest) < 2):
        return None  # what is named, or the one column that is left, holds values
    named = _recognised(rest, _ID_NAMES) or next(filter(_is_id_name, rest), None)
    if named is not None:
        _require_ids(table, named, time, path)
        return named
    texts = [name for name in rest if not looks_numeric(table[name])]
    # A wide table never repeats a stamp, and has no names in a column; a long one of several series
    # always does.
    looks_long = table[time].duplicated().any() or _recognised(texts, _SERIES_NAMES) is not None
    if config.layout == "long" or looks_long:
        found = _recognised(rest, _SERIES_NAMES) or (texts[0] if len(texts) == 1 else None)
        if found is not None or config.layout == "auto":
            return found
        likely = (*texts, *rest)[:1] or ("id",)
        raise DataError(
            f"{path}: no column names the series. Columns: {', '.join(rest)}. Name it with"
            f" {set_option('data.series_column', likely[0])}",
            settings={"data.series_column": likely[0]},
        )
    return None


def _require_ids(table: pd.DataFrame, column: str, time: str, path: Path) -> None:
    """Refuse a column that is named like ids and has another value in nearly every row."""
    num_ids = table[column].nunique()
    if table[time].duplicated().any() or num_ids <= max(1, len(table) // 2):
        return
    wide = set_option("data.layout", "wide")
    raise DataError(
        f"{path}, column {column!r}: by its name it holds the ids of series, but it has"
        f" {num_ids:,} different values in {len(table):,} rows. If it numbers the rows, remove it;"
        f" if it is a series itself, say so with {wide}"
    )


def _find_value(table: pd.DataFrame, rest: Sequence[str], path: Path) -> str:
    numeric = [
        name
        for name in rest
        if not is_index_name(name) and not _is_id_name(name) and looks_numeric(table[name])
    ]
    found = _recognised(rest, _VALUE_NAMES) or (numeric[0] if len(numeric) == 1 else None)
    if found is None:
        likely = (*numeric, *rest)[:1] or ("value",)
        raise DataError(
            f"{path}: it can't be told which column holds the values. Columns left:"
            f" {', '.join(rest) or 'none'}. Name it with"
            f" {set_option('data.value_column', likely[0])}",
            settings={"data.value_column": likely[0]},
        )
    return found


def _numeric_columns(table: pd.DataFrame, rest: Sequence[str], path: Path) -> tuple[str, ...]:
    if not rest:
        raise DataError(f"{path}: besides time and covariates there is no column to forecast.")
    named = [name for name in rest if not is_index_name(name)]
    numeric = [name for name in named if looks_numeric(table[name])]
    if len(named) < len(rest):
        place = list(table.columns).index(next(name for name in rest if name not in named)) + 1
        raise DataError(
            f"{path}, first line: column {place} has no name. Give it one, or remove it"
            " (to_csv(index=False) in pandas), or name the columns to forecast with"
            f" {set_option('data.value_columns', numeric or named)}",
            settings={"data.value_columns": numeric or named},
        )
    if len(numeric) == len(named):
        return tuple(named)
    name = next(name for name in named if name not in numeric)
    cells = table[name][~is_not_observed(table[name])]
    example = str(cells[~np.isfinite(to_numbers(cells))].iloc[0])
    start = f"{path}, column {name!r}: expected numbers, received for example {example!r}."
    if is_spelled_number(example):
        raise DataError(f"{start} {why_no_number(example)}.")
    choices = [set_option("data.series_column", name)]
    if numeric:
        choices.insert(0, set_option("data.value_columns", numeric))
    raise DataError(
        f"{start} Name the columns to forecast, or the one that names the series:"
        f" {' or '.join(choices)}",
        settings={"data.value_columns": numeric} if numeric else {"data.series_column": name},
    )


def _recognised(names: Sequence[str], known: Sequence[str]) -> str | None:
    """The first known name that is there, in whatever case and with whatever between its words."""
    by_letters = {_letters(name): name for name in reversed(names)}
    found = (by_letters.get(_letters(name)) for name in known)
    return next((name for name in found if name is not None), None)


def _is_id_name(name: str) -> bool:
    return _recognised([name], _ID_NAMES) is not None or _ID_ENDING.fullmatch(name) is not None


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())
