"""From the user's table to series; one that can't be used is named, with row and field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.clock.alignment import align, describe_moves
from pipelines.time_series.reading.clock.counted import with_row_numbers
from pipelines.time_series.reading.clock.settling import find_clock, read_stamps, reading_settings
from pipelines.time_series.reading.clock_changes import settle_clock
from pipelines.time_series.reading.columns import Columns
from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.regular import make_regular
from pipelines.time_series.reading.series import Series, SeriesFile, Statics
from pipelines.time_series.reading.stamps import Stamps
from pipelines.time_series.reading.statics import read_statics
from pipelines.time_series.reading.table.duplicates import merge_duplicates
from pipelines.time_series.reading.table.numbers import (
    is_blank,
    is_not_observed,
    to_numbers,
    why_no_number,
)
from pipelines.time_series.reading.table.origin import Origin
from pipelines.time_series.reading.table.raw_series import RawSeries
from pipelines.time_series.reading.table.series_names import with_tidy_names
from pipelines.time_series.reading.table.written_numbers import read_numbers
from shared.contract import UNKNOWN, Problem
from shared.errors import DataError
from shared.loading.splits.quarantine import describe_problem
from shared.loading.user_tables import read_user_table

__all__ = ["read_series", "series_of_table"]


@dataclass(frozen=True)
class _Source:
    """A table, the roles of its columns, and its stamps."""

    path: Path
    table: pd.DataFrame
    columns: Columns
    stamps: Stamps
    origin: Origin

    def number_fields(self) -> tuple[str, ...]:
        return (*self.columns.past, *self.columns.known)


def read_series(
    path: Path, config: TimeSeriesDataConfig, *, last_steps: int | None = None
) -> SeriesFile:
    """Read all series of a table.

    Args:
        path: Wide or long table.
        config: Layout and column names.
        last_steps: None: all of each series. A number: of each series only so many steps up to the
            last value are looked at and returned, and the rows after them, where the value is empty
            and only covariates are known.

    Raises:
        DataError: The table can't be read, a column is missing, a stamp is not one, or the
            frequency can't be told.
    """
    table = read_user_table(path, config, keep_types=True)
    return series_of_table(table, path, config, last_steps=last_steps)


def series_of_table(
    table: pd.DataFrame, path: Path, config: TimeSeriesDataConfig, *, last_steps: int | None = None
) -> SeriesFile:
    """The series of a table's content.

    Args:
        table: What was read.
        path: Where it comes from, for messages.
        config: Layout and column names.
        last_steps: As for `read_series`.

    Raises:
        DataError: As `read_series`.
    """
    table, config = with_row_numbers(table, config, path)
    plain = read_numbers(table, config, path)
    columns = plain.columns
    table = with_tidy_names(plain.table, columns, config, path, asks=last_steps is None)
    owners = _owners(table, columns)
    written = read_stamps(table, columns.time, owners, config, path)
    counted = written.are_counted
    stamps, timezone = settle_clock(written, owners, None if counted else config.timezone, path)
    source = _Source(path, table, columns, stamps, _origin(table, path, columns, written, config))
    raw, problems = _split_by_series(source, config)
    if not raw:
        return SeriesFile((), problems, Frequency("D", 86_400), columns.as_settings())
    frequency = find_clock(raw, written, config, path)
    aligned = [align(item, frequency, config.align_stamps) for item in raw]
    series: list[Series] = []
    for item, _ in aligned:
        found = _make_series(item, frequency, config, last_steps)
        if isinstance(found, Series):
            series.append(found)
        else:
            problems[item.name] = _of_one_series(found, columns)
    told = tuple(replace(item, timezone=timezone, is_counted=counted) for item in series)
    moves = describe_moves([moved for _, moved in aligned], config.align_stamps)
    reading = reading_settings(columns, written)
    return SeriesFile(told, problems, frequency, reading, (*written.notes, *plain.notes, *moves))


def _of_one_series(problem: Problem, columns: Columns) -> Problem:
    """In a wide table a bad stamp or covariate spoils every series: said once."""
    if columns.series is None and problem.field not in columns.values:
        raise DataError(describe_problem(problem))
    return problem


def _origin(
    table: pd.DataFrame,
    path: Path,
    columns: Columns,
    written: Stamps,
    config: TimeSeriesDataConfig,
) -> Origin:
    others = () if columns.series else columns.values
    return Origin(
        path=path,
        time=columns.time,
        table=table,
        series=columns.series,
        leftover=(*columns.leftover, *others),
        has_zone=written.have_zone,
        timezone=config.timezone,
    )


def _owners(table: pd.DataFrame, columns: Columns) -> NDArray[np.int64]:
    """The series of each row, by number."""
    if columns.series is None:
        return np.zeros(len(table), dtype=np.int64)
    return pd.factorize(table[columns.series])[0].astype(np.int64)


def _split_by_series(
    source: _Source, config: TimeSeriesDataConfig
) -> tuple[list[RawSeries], dict[str, Problem]]:
    columns = source.columns
    table = source.table
    raw: list[RawSeries] = []
    problems: dict[str, Problem] = {}
    found = list(_places(source))
    names = [name for name, _, _ in found]
    statics = read_statics(table, columns.series, names, config, source.path)
    for name, places, value in found:
        static = statics[name]
        series = (
            static
            if isinstance(static, Problem)
            else _read_series(source, name, places, value, static)
        )
        if isinstance(series, Problem):
            problems[name] = series
        else:
            raw.append(series)
    if columns.series is None and raw:
        raw = [replace(item, stamps=raw[0].stamps) for item in raw]  # one clock, looked at once
    return raw, problems


def _read_series(
    source: _Source, name: str, places: NDArray[np.int64], value: str, statics: Statics
) -> RawSeries | Problem:
    """One series in order of time, or why it can't be read."""
    columns = source.columns
    table = source.table
    moments = source.stamps.moments
    order = places[np.argsort(moments[places], kind="stable")]
    fields = (value, *source.number_fields())
    numbers, problem = _read_numbers(table, fields, order, name, source)
    if problem is not None:
        if columns.series is None and problem.field != value:
            raise DataError(describe_problem(problem))
        return problem
    attributes = {
        group: _constant(table[group].iloc[order], name, source.path) for group in columns.groups
    }
    return RawSeries(
        name=name,
        rows=order + 1,
        stamps=moments[order],
        numbers=numbers,
        fields=fields,
        num_known=len(columns.known),
        statics=statics,
        attributes=attributes,
        have_zone=source.stamps.have_zone,
        origin=source.origin,
        num_out_of_order=_num_out_of_order(moments[places]),
    )


def _num_out_of_order(moments: NDArray[np.datetime64]) -> int:
    steps = np.diff(moments.astype(np.int64))
    return int((steps < 0).sum())


def _places(source: _Source) -> Iterator[tuple[str, NDArray[np.int64], str]]:
    """Name, rows (from 0) and column of values of each series."""
    columns = source.columns
    table = source.table
    if columns.series is None:
        for name in columns.values:
            yield name, np.arange(len(table)), name
        return
    missing = is_blank(table[columns.series])
    if missing.any():
        row = int(missing.argmax()) + 1
        raise DataError(
            f"{source.path}, row {row}, column {columns.series!r}: the name of the series is"
            " missing. Fill it in."
        )
    names = table[columns.series].astype(str)
    for name, places in sorted(
        (str(name), places) for name, places in names.groupby(names).indices.items()
    ):
        yield name, np.asarray(places, dtype=np.int64), columns.values[0]


def _constant(column: pd.Series, series: str, path: Path) -> str:
    values = [str(value) for value in column[~is_blank(column)].unique()]
    if len(values) > 1:
        raise DataError(
            f"{path}, column {column.name!r}: series {series!r} has both {values[0]!r} and"
            f" {values[1]!r}, but it must be one for the whole series. Remove it from the"
            " configuration, or correct it."
        )
    return values[0] if values else UNKNOWN


def _read_numbers(
    table: pd.DataFrame, fields: Sequence[str], order: NDArray[np.int64], name: str, source: _Source
) -> tuple[NDArray[np.float64], Problem | None]:
    """The numbers of one series, and what is wrong with the first bad cell.

    They are (rows, fields) float64, NaN where a cell is empty.
    """
    numbers = np.empty((len(order), len(fields)))
    for column, field in enumerate(fields):
        cells = table[field].iloc[order]
        numbers[:, column] = to_numbers(cells)
        bad = ~np.isfinite(numbers[:, column])
        if column < len(fields) - len(source.columns.known):
            bad[bad] = ~is_not_observed(cells[bad])
        if bad.any():
            return numbers, _bad_cell(cells, int(bad.argmax()), order, name, source)
    return numbers, None


def _bad_cell(
    cells: pd.Series, place: int, order: NDArray[np.int64], name: str, source: _Source
) -> Problem:
    row = int(order[place]) + 1
    value = cells.iloc[place]
    if is_not_observed(cells.iloc[place : place + 1])[0]:
        expected = (
            "a covariate that is known ahead must be there in every row, received nothing. Fill it,"
            " or list it under data.past_covariates"
        )
    else:
        expected = f"expected a finite number, received {str(value)!r}. {why_no_number(str(value))}"
    return Problem(
        str(source.path),
        f"series {name!r} at {source.origin.stamp(row)}: {expected}",
        row=row,
        field=str(cells.name),
    )


def _make_series(
    raw: RawSeries, frequency: Frequency, config: TimeSeriesDataConfig, last_steps: int | None
) -> Series | Problem:
    found = raw if last_steps is None else _latest(raw, frequency, last_steps)
    merged = merge_duplicates(found, config.duplicates, frequency.step_seconds)
    return merged if isinstance(merged, Problem) else make_regular(merged, frequency)


def _latest(raw: RawSeries, frequency: Frequency, num_steps: int) -> RawSeries:
    """The rows of the last `num_steps` steps up to the last value, and those after it."""
    observed = np.flatnonzero(np.isfinite(raw.numbers[:, 0]))
    if len(observed) == 0:
        return raw
    clock = frequency.until(raw.stamps[observed[-1]], num_steps)
    return raw.take(slice(int(np.searchsorted(raw.stamps, clock[0])), None)) if len(clock) else raw
