"""Files to score: the last window of each series, and the steps after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.calendar_features import calendar_names
from pipelines.time_series.config import TimeSeriesConfig, TimeSeriesDataConfig
from pipelines.time_series.examples import make_ids
from pipelines.time_series.frequency import Frequency
from pipelines.time_series.series import Series, read_series
from pipelines.time_series.windows import WindowIndex, stack_series
from shared.contract import Inputs, Rows
from shared.errors import DataError
from shared.loading.quarantine import describe_problem
from shared.loading.tables import TABLE_SUFFIXES, table_suffix

__all__ = ["read_inputs"]


def read_inputs(config: TimeSeriesConfig, path: Path) -> Inputs:
    """Read series to forecast beyond their last value.

    A table is laid out as for training, without group columns. Only the last `data.lookback_steps` values of each series are looked
    at. With known covariates the table goes on for `data.horizon_steps` rows after the last value, with the covariates filled in
    and the value left empty. Ids are `series@start`, in a folder of tables `file/series@start`.

    Raises:
        DataError: `path` does not exist, or is a folder without tables.
    """
    files, data = _find_files(path), config.data.model_copy(update={"group_columns": ()})
    ready: dict[str, Series] = {}
    problems: dict[str, str] = {}
    for file in files:
        prefix = "" if len(files) == 1 else f"{file.relative_to(path)}/"
        try:
            found = read_series(file, data, last_steps=data.lookback_steps)
        except DataError as error:
            problems[prefix.rstrip("/") or file.name] = str(error)
            continue
        problems |= {prefix + name: describe_problem(problem) for name, problem in found.problems.items()}
        for item in found.series:
            reason = _find_problem(item, data)
            if reason is None:
                ready[prefix + item.name] = _extend(item, found.frequency, data)
            else:
                problems[prefix + item.name] = f"{file}: {reason}"
    return _as_inputs(ready, problems, data)


def _find_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder.")
    files = sorted(file for file in path.rglob("*") if file.is_file() and table_suffix(file) in TABLE_SUFFIXES)
    if not files:
        raise DataError(f"{path}: the folder holds no table. Expected one of {', '.join(TABLE_SUFFIXES)}.")
    return files


def _find_problem(item: Series, data: TimeSeriesDataConfig) -> str | None:
    """Why a series can't be forecast."""
    if item.num_observed < data.lookback_steps:
        return f"series {item.name!r} has {item.num_observed} values, but the model looks at the last {data.lookback_steps}"
    known = len(item.stamps) - item.num_observed
    if data.covariates and known < data.horizon_steps:
        return (
            f"series {item.name!r} gives its covariates ({', '.join(data.covariates)}) for {known} steps after its last value, but "
            f"{data.horizon_steps} are needed. Add rows with covariates and an empty value"
        )
    return None


def _extend(item: Series, frequency: Frequency, data: TimeSeriesDataConfig) -> Series:
    """The last window of a series and the steps to forecast, whose values are NaN."""
    first = item.num_observed - data.lookback_steps
    length = data.lookback_steps + data.horizon_steps
    values = np.full(length, np.nan, np.float32)
    values[: data.lookback_steps] = item.values[first : item.num_observed]
    covariates = item.covariates[first : first + length] if data.covariates else np.empty((length, 0), np.float32)
    return Series(item.name, frequency.stamps(item.stamps[first], length), values, covariates)


def _as_inputs(ready: dict[str, Series], problems: dict[str, str], data: TimeSeriesDataConfig) -> Inputs:
    if not ready:
        return Inputs(ids=np.array(list(problems), dtype=np.str_), rows=lambda indices: _no_rows(data), problems=problems)
    store = stack_series(tuple(ready.values()), data)
    starts = np.array([item.stamps[data.lookback_steps] for item in ready.values()])
    ids = np.concatenate([make_ids(np.array(list(ready)), starts), np.array(list(problems), dtype=np.str_)])

    def rows(indices: NDArray[np.int64]) -> Rows:
        return store.rows(WindowIndex(indices, np.full(len(indices), data.lookback_steps)))

    return Inputs(ids=ids, rows=rows, problems=problems)


def _no_rows(data: TimeSeriesDataConfig) -> Rows:
    num_known = len(data.covariates)
    return {
        "window": np.empty((0, data.lookback_steps, 1 + num_known), np.float32),
        "future": np.empty((0, data.horizon_steps, num_known + len(calendar_names(data.calendar))), np.float32),
    }
