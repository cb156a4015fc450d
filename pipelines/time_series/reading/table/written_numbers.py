"""From a table as it is written to one whose columns of numbers hold numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.columns import Columns, find_columns, find_time_column
from pipelines.time_series.reading.table.number_marks import (
    describe_open_points,
    refuse_marks,
    roughly_plain,
    with_plain_numbers,
)
from shared.loading.columns.number_marks import marks_of

__all__ = ["PlainColumns", "read_numbers"]


@dataclass(frozen=True)
class PlainColumns:
    """A table and what its columns are.

    Attributes:
        table: Numbers are written as programs write them; all else stays as it stands.
        columns: Their roles.
        notes: Sentences for the report about how numbers were read.
    """

    table: pd.DataFrame
    columns: Columns
    notes: tuple[str, ...]


def read_numbers(table: pd.DataFrame, config: TimeSeriesDataConfig, path: Path) -> PlainColumns:
    """Tell the roles of columns, and read numbers by the marks that the configuration names.

    Args:
        table: As it was read.
        config: Names columns and marks.
        path: Of the table.

    Raises:
        DataError: Numbers have other marks, or a role can't be told.
    """
    marks = marks_of(config)
    if marks.is_plain:
        refuse_marks(table, _candidates(table, config), path)
    columns = find_columns(roughly_plain(table, marks), config, path)
    statics = config.static_numbers if config.static_table is None else ()
    names = [*columns.values, *columns.past, *columns.known, *statics]
    if marks.is_plain:
        return PlainColumns(table, columns, describe_open_points(table, names))
    plain = with_plain_numbers(table, names, marks, path)
    if not plain.num_changed:
        return PlainColumns(plain.table, columns, ())
    note = (
        f"{plain.num_changed:,} cells were read as numbers by the marks that the settings name"
        f" ({marks.said})."
    )
    return PlainColumns(plain.table, columns, (note,))


def _candidates(table: pd.DataFrame, config: TimeSeriesDataConfig) -> list[str]:
    """The columns that the configuration calls numbers; else all that it calls nothing else."""
    values = (*config.value_columns, *([config.value_column] if config.value_column else []))
    covariates = (*config.past, *config.known)
    names = [str(name) for name in table.columns]
    if values:
        return [name for name in names if name in (*values, *covariates)]
    others = {
        find_time_column(table, config),
        config.series_column,
        *config.group_columns,
        *config.static_texts,
    }
    return [name for name in names if name not in others]
