"""From the user's table to checked series; a series that can't be used is named, with row and field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.time_series.columns import Columns, find_columns
from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.frequency import Frequency, find_frequency
from pipelines.time_series.stamps import parse_stamps
from shared.contract import UNKNOWN, Problem
from shared.errors import DataError
from shared.loading.quarantine import describe_problem
from shared.loading.tables import read_table

__all__ = ["Series", "SeriesFile", "read_series"]


@dataclass(frozen=True)
class Series:
    """One regular series.

    Attributes:
        name: Unique within its file.
        stamps: (steps,) datetime64[s], regular.
        values: (steps,) float32, finite; then NaN for the steps ahead whose covariates are known.
        covariates: (steps, covariates) float32, finite.
        attributes: Group attributes that do not change over time.
    """

    name: str
    stamps: NDArray[np.datetime64]
    values: NDArray[np.float32]
    covariates: NDArray[np.float32]
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def num_observed(self) -> int:
        """Steps before the unobserved ones at the end."""
        return int(np.isfinite(self.values).sum())


@dataclass(frozen=True)
class SeriesFile:
    """What a file holds.

    Attributes:
        series: The usable ones.
        problems: One for each of the others: series name -> what is wrong.
        frequency: Their common clock.
    """

    series: tuple[Series, ...]
    problems: Mapping[str, Problem]
    frequency: Frequency


@dataclass(frozen=True)
class _RawSeries:
    """The rows of one series, sorted by time; `rows` are their places in the file, from 1."""

    name: str
    rows: NDArray[np.int64]
    stamps: NDArray[np.datetime64]
    value_field: str
    values: pd.Series
    covariates: pd.DataFrame
    attributes: Mapping[str, str]

    def since(self, first: int) -> _RawSeries:
        """The rows from the place `first` on."""
        return replace(
            self,
            rows=self.rows[first:],
            stamps=self.stamps[first:],
            values=self.values.iloc[first:],
            covariates=self.covariates.iloc[first:],
        )


def read_series(path: Path, config: TimeSeriesDataConfig, *, last_steps: int | None = None) -> SeriesFile:
    """Read all series of a wide or long table (CSV, TSV, JSON lines, Parquet).

    Args:
        path: The file.
        config: Which column is what.
        last_steps: None: every row must hold a value. A number: only so many values at the end of each series are read and checked,
            and the rows after them, where the value is empty and only covariates are known.

    Raises:
        DataError: The table can't be read, a column is missing, or a stamp is not one.
    """
    table = read_table(path, text_only=False)
    columns = find_columns(table, config, path)
    stamps = parse_stamps(table[columns.time], config.time_format, path)
    raw = list(_long(table, columns, stamps, path) if columns.series is not None else _wide(table, columns, stamps))
    clocks = {id(item.stamps): item.stamps for item in raw}  # wide tables have one
    frequency = find_frequency(list(clocks.values()), config.frequency, str(path))
    if columns.series is None and last_steps is None:
        _check_shared_columns(raw[0], columns.time, frequency, path)
    series: list[Series] = []
    problems: dict[str, Problem] = {}
    for whole in raw:
        num_values = len(whole.rows) if last_steps is None else _end_of_values(whole)
        item = whole if last_steps is None else whole.since(max(0, num_values - last_steps))
        problem = _find_problem(item, columns.time, frequency, path, num_values=num_values - len(whole.rows) + len(item.rows))
        if problem is None:
            series.append(_finish(item))
        else:
            problems[item.name] = problem
    return SeriesFile(tuple(series), problems, frequency)


def _wide(table: pd.DataFrame, columns: Columns, stamps: NDArray[np.datetime64]) -> Iterator[_RawSeries]:
    order = np.argsort(stamps, kind="stable")
    clock, ordered = stamps[order], table.iloc[order]
    for name in columns.values:
        yield _RawSeries(name, order + 1, clock, name, ordered[name], ordered[list(columns.covariates)], {})


def _long(table: pd.DataFrame, columns: Columns, stamps: NDArray[np.datetime64], path: Path) -> Iterator[_RawSeries]:
    missing = table[columns.series].isna().to_numpy()
    if missing.any():
        raise DataError(f"{path}, row {int(missing.argmax()) + 1}, column {columns.series!r}: the name of the series is missing.")
    names = table[columns.series].astype(str)
    for name, places in sorted(names.groupby(names).indices.items()):
        order = np.asarray(places)[np.argsort(stamps[places], kind="stable")]
        part = table.iloc[order]
        attributes = {group: _constant(part[group], str(name), path) for group in columns.groups}
        yield _RawSeries(
            str(name), order + 1, stamps[order], columns.values[0], part[columns.values[0]], part[list(columns.covariates)], attributes
        )


def _constant(column: pd.Series, series: str, path: Path) -> str:
    values = [str(value) for value in column.dropna().unique()]
    if len(values) > 1:
        raise DataError(
            f"{path}, column {column.name!r}: series {series!r} has both {values[0]!r} and {values[1]!r}, but a group attribute must be "
            "one for the whole series. Remove it from data.group_columns."
        )
    return values[0] if values else UNKNOWN


def _check_shared_columns(raw: _RawSeries, time: str, frequency: Frequency, path: Path) -> None:
    """In a wide table a bad stamp or covariate spoils every series: say so once."""
    problem = _find_irregular_stamp(raw, time, frequency, path) or _find_bad_covariate(raw, path)
    if problem is not None:
        raise DataError(describe_problem(problem) + ".")


def _find_problem(raw: _RawSeries, time: str, frequency: Frequency, path: Path, *, num_values: int) -> Problem | None:
    """The first thing that is wrong with a series whose first `num_values` rows must hold a value."""
    if num_values == 0:
        return Problem(str(path), f"series {raw.name!r} has no value", row=int(raw.rows[0]), field=str(raw.values.name))
    return (
        _find_irregular_stamp(raw, time, frequency, path)
        or _find_bad_number(raw, raw.values.iloc[:num_values], path)
        or _find_bad_covariate(raw, path)
    )


def _end_of_values(raw: _RawSeries) -> int:
    """The number of steps up to the last value."""
    present = np.flatnonzero(raw.values.notna().to_numpy())
    return int(present[-1]) + 1 if len(present) else 0


def _find_irregular_stamp(raw: _RawSeries, time: str, frequency: Frequency, path: Path) -> Problem | None:
    repeated = np.flatnonzero(raw.stamps[1:] == raw.stamps[:-1])
    if len(repeated):
        first, second = raw.rows[repeated[0]], raw.rows[repeated[0] + 1]
        reason = (
            f"series {raw.name!r} has the stamp {raw.stamps[repeated[0]]} twice, in rows {first} and {second}. Keep one; "
            "if clocks were set back, write stamps in UTC"
        )
        return Problem(str(path), reason, row=int(second), field=time)
    expected = frequency.stamps(raw.stamps[0], len(raw.stamps))
    wrong = np.flatnonzero(raw.stamps != expected)
    if len(wrong):
        place = int(wrong[0])
        reason = (
            f"series {raw.name!r} has a gap or an irregular step: expected {expected[place]} (steps of {frequency.alias}), "
            f"received {raw.stamps[place]}. Fill the missing rows, or name the step with --set data.frequency=…"
        )
        return Problem(str(path), reason, row=int(raw.rows[place]), field=time)
    return None


def _find_bad_covariate(raw: _RawSeries, path: Path) -> Problem | None:
    found = (_find_bad_number(raw, raw.covariates[name], path) for name in raw.covariates)
    return next((problem for problem in found if problem is not None), None)


def _find_bad_number(raw: _RawSeries, column: pd.Series, path: Path) -> Problem | None:
    bad = ~np.isfinite(_to_numbers(column))
    if not bad.any():
        return None
    place = int(bad.argmax())
    value = column.iloc[place]
    received = "nothing (missing value)" if pd.isna(value) else repr(str(value))
    reason = f"series {raw.name!r} at {raw.stamps[place]}: expected a finite number, received {received}. Correct, fill or remove it"
    return Problem(str(path), reason, row=int(raw.rows[place]), field=str(column.name))


def _finish(raw: _RawSeries) -> Series:
    covariates = [_to_numbers(raw.covariates[name]) for name in raw.covariates]
    return Series(
        name=raw.name,
        stamps=raw.stamps,
        values=_to_numbers(raw.values),
        covariates=np.stack(covariates, axis=-1) if covariates else np.empty((len(raw.stamps), 0), np.float32),
        attributes=raw.attributes,
    )


def _to_numbers(column: pd.Series) -> NDArray[np.float32]:
    """The column as float32; NaN or infinite where it holds no number that fits."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)
