"""From the user's table to series; one that can't be used is named, with row and field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.clock_changes import local_to_utc, utc_to_local
from pipelines.time_series.reading.columns import Columns, find_columns, is_moment
from pipelines.time_series.reading.frequency import Frequency, find_frequency
from pipelines.time_series.reading.regular import RawSeries, make_regular, merge_duplicates
from pipelines.time_series.reading.series import Series, SeriesFile
from pipelines.time_series.reading.stamps import Stamps, parse_stamps
from pipelines.time_series.reading.statics import read_statics
from shared.contract import UNKNOWN, Problem
from shared.errors import DataError
from shared.loading.files.tables import read_table
from shared.loading.splits.quarantine import describe_problem

__all__ = ["read_series", "series_of_table"]

_COARSE_STEP_SECONDS = 20 * 3600
"""Steps from here on are days or longer, and days begin when local clocks say so, not when those of
UTC do."""


@dataclass(frozen=True)
class _Source:
    """A table, the roles of its columns, and its stamps."""

    path: Path
    table: pd.DataFrame
    columns: Columns
    stamps: Stamps

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
    table = read_table(path, text_only=False, encoding=config.encoding, separator=config.separator)
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
    columns = find_columns(table, config, path)
    source = _Source(
        path, table, columns, parse_stamps(table[columns.time], config.time_format, path)
    )
    source, timezone = _settle_clock(source, config.timezone)
    raw, problems = _split_by_series(source, config)
    if not raw:
        return SeriesFile((), problems, Frequency("D", 86_400))
    clocks = {id(item.stamps): item.stamps for item in raw}  # wide tables have one
    frequency = find_frequency(list(clocks.values()), config.frequency, str(path))
    series: list[Series] = []
    for item in raw:
        found = _make_series(item, frequency, config, columns, path, last_steps)
        if isinstance(found, Series):
            series.append(replace(found, timezone=timezone))
        elif columns.series is None and found.field not in columns.values:
            raise DataError(
                describe_problem(found) + "."
            )  # in a wide table a bad stamp or covariate spoils every series: said once
        else:
            problems[item.name] = found
    return SeriesFile(tuple(series), problems, frequency)


def _settle_clock(source: _Source, timezone: str | None) -> tuple[_Source, str | None]:
    """Choose what stamps mean from here on.

    UTC for steps below a day if the zone is known, else what local clocks show.

    Returns:
        The source, and the zone by whose clocks calendars go; None: by the stamps.
    """
    if timezone is None:
        return source, None
    stamps = source.stamps
    owners = _owners(source)
    if _is_coarse(stamps.moments, owners):
        local = utc_to_local(stamps.moments, timezone) if stamps.have_zone else stamps.moments
        return replace(source, stamps=Stamps(local, have_zone=True)), None
    moments = (
        stamps.moments
        if stamps.have_zone
        else local_to_utc(stamps.moments, timezone, owners, source.path)
    )
    return replace(source, stamps=Stamps(moments, have_zone=True)), timezone


def _owners(source: _Source) -> NDArray[np.int64]:
    if source.columns.series is None:
        return np.zeros(len(source.table), dtype=np.int64)
    return pd.factorize(source.table[source.columns.series])[0].astype(np.int64)


def _is_coarse(moments: NDArray[np.datetime64], owners: NDArray[np.int64]) -> bool:
    order = np.lexsort([moments, owners])
    same = np.diff(owners[order]) == 0
    steps = np.diff(moments[order]).astype(np.int64)[same]
    steps = steps[steps > 0]
    return bool(len(steps) and np.median(steps) >= _COARSE_STEP_SECONDS)


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
        if isinstance(static, Problem):
            problems[name] = static
            continue
        order = places[np.argsort(source.stamps.moments[places], kind="stable")]
        fields = (value, *source.number_fields())
        numbers, problem = _read_numbers(table, fields, order, name, source)
        if problem is not None:
            if columns.series is None and problem.field != value:
                raise DataError(describe_problem(problem) + ".")
            problems[name] = problem
            continue
        attributes = {
            group: _constant(table[group].iloc[order], name, source.path)
            for group in columns.groups
        }
        series = RawSeries(
            name=name,
            rows=order + 1,
            stamps=source.stamps.moments[order],
            numbers=numbers,
            fields=fields,
            num_known=len(columns.known),
            statics=static,
            attributes=attributes,
            have_zone=source.stamps.have_zone,
            num_out_of_order=_num_out_of_order(source.stamps.moments[places]),
        )
        raw.append(series)
    if columns.series is None and raw:
        raw = [replace(item, stamps=raw[0].stamps) for item in raw]  # one clock, looked at once
    return raw, problems


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
    missing = table[columns.series].isna().to_numpy()
    if missing.any():
        row = int(missing.argmax()) + 1
        raise DataError(
            f"{source.path}, row {row}, column {columns.series!r}: the name of the series is"
            " missing."
        )
    names = table[columns.series].astype(str)
    for name, places in sorted(
        (str(name), places) for name, places in names.groupby(names).indices.items()
    ):
        yield name, np.asarray(places, dtype=np.int64), columns.values[0]


def _constant(column: pd.Series, series: str, path: Path) -> str:
    values = [str(value) for value in column.dropna().unique()]
    if len(values) > 1:
        raise DataError(
            f"{path}, column {column.name!r}: series {series!r} has both {values[0]!r} and"
            f" {values[1]!r}, but it must be one for the whole series. Remove it from the"
            " configuration, or correct it."
        )
    return values[0] if values else UNKNOWN


def _read_numbers(
    table: pd.DataFrame, fields: Sequence[str], order: NDArray[np.int64], name: str, source: _Source
) -> tuple[NDArray[np.float32], Problem | None]:
    """The numbers of one series, and what is wrong with the first bad cell.

    They are (rows, fields) float32, NaN where a cell is empty.
    """
    numbers = np.stack([_to_numbers(table[field].iloc[order]) for field in fields], axis=-1)
    for column, field in enumerate(fields):
        cells = table[field].iloc[order]
        bad = ~np.isfinite(numbers[:, column]) & cells.notna().to_numpy()
        if column >= len(fields) - len(source.columns.known):
            bad |= cells.isna().to_numpy()
        if bad.any():
            return numbers, _bad_cell(cells, int(bad.argmax()), order, name, source)
    return numbers, None


def _bad_cell(
    cells: pd.Series, place: int, order: NDArray[np.int64], name: str, source: _Source
) -> Problem:
    value = cells.iloc[place]
    stamp = source.stamps.moments[order][place]
    if pd.isna(value):
        expected = (
            "a covariate that is known ahead must be there in every row, received nothing. Fill it,"
            " or list it under data.past_covariates"
        )
    else:
        how = (
            "Write decimals with a point"
            if "," in str(value)
            else "Correct it, or leave the cell empty: then it counts as not observed"
        )
        expected = f"expected a finite number, received {str(value)!r}. {how}"
    return Problem(
        str(source.path),
        f"series {name!r} at {stamp}: {expected}",
        row=int(order[place]) + 1,
        field=str(cells.name),
    )


def _make_series(
    raw: RawSeries,
    frequency: Frequency,
    config: TimeSeriesDataConfig,
    columns: Columns,
    path: Path,
    last_steps: int | None,
) -> Series | Problem:
    found = raw if last_steps is None else _latest(raw, frequency, last_steps)
    merged = merge_duplicates(found, config.duplicates, frequency.step_seconds, columns.time, path)
    return (
        merged
        if isinstance(merged, Problem)
        else make_regular(merged, frequency, columns.time, path)
    )


def _latest(raw: RawSeries, frequency: Frequency, num_steps: int) -> RawSeries:
    """The rows of the last `num_steps` steps up to the last value, and those after it."""
    observed = np.flatnonzero(np.isfinite(raw.numbers[:, 0]))
    if len(observed) == 0:
        return raw
    clock = frequency.until(raw.stamps[observed[-1]], num_steps)
    return raw.take(slice(int(np.searchsorted(raw.stamps, clock[0])), None)) if len(clock) else raw


def _to_numbers(column: pd.Series) -> NDArray[np.float32]:
    """The column as float32; NaN or infinite where it holds no number that fits."""
    if is_moment(column):
        return np.full(len(column), np.nan, np.float32)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)
