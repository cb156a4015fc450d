"""Files to score: the last window of each series, and the steps after it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesConfig, TimeSeriesDataConfig
from pipelines.time_series.reading.calendar_features import calendar_names
from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.series_table import read_series
from pipelines.time_series.reading.windows.examples import make_ids
from pipelines.time_series.reading.windows.index import WindowIndex, stack_series
from shared.contract import Inputs, Rows
from shared.errors import DataError
from shared.loading.files.tables import TABLE_SUFFIXES, is_table
from shared.loading.splits.quarantine import describe_problem

__all__ = ["read_inputs", "too_few"]

_SHOWN_STAMPS = 3


def read_inputs(config: TimeSeriesConfig, path: Path) -> Inputs:
    """Read series to forecast beyond their last value.

    A table is laid out as for training, without group columns. Only the last `data.lookback_steps`
    values of each series are looked at. With known covariates the table goes on for
    `data.horizon_steps` rows after the last value, with the covariates filled in and the value left
    empty. Ids are `series@start`, in a folder of tables `file/series@start`.

    Raises:
        DataError: `path` does not exist, or is a folder without tables.
    """
    files = _find_files(path)
    data = config.data.model_copy(update={"group_columns": ()})
    ready: dict[str, Series] = {}
    problems: dict[str, str] = {}
    for file in files:
        prefix = "" if len(files) == 1 else f"{file.relative_to(path)}/"
        try:
            found = read_series(file, data, last_steps=data.lookback)
        except DataError as error:
            problems[prefix.rstrip("/") or file.name] = str(error)
            continue
        problems |= {
            prefix + name: describe_problem(problem) for name, problem in found.problems.items()
        }
        for item in found.series:
            reason = _find_problem(item, found.frequency, data)
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
    files = sorted(file for file in path.rglob("*") if file.is_file() and is_table(file))
    if not files:
        raise DataError(
            f"{path}: the folder holds no table. Expected one of {', '.join(TABLE_SUFFIXES)}."
        )
    return files


def _find_problem(item: Series, frequency: Frequency, data: TimeSeriesDataConfig) -> str | None:
    """Why a series can't be forecast."""
    history = item.values[max(0, item.num_past_steps - data.lookback) : item.num_past_steps]
    num_observed = int(np.isfinite(history).sum())
    if num_observed < data.min_observed_share * data.lookback:
        return f"series {item.name!r} " + str(num_observed).join(too_few(data))
    return _find_unknown_ahead(item, frequency, data) if data.known else None


def too_few(data: TimeSeriesDataConfig) -> tuple[str, str]:
    """What is said of a window with too few values, before and after their number."""
    return (
        "has ",
        f" values in the last {data.lookback} steps that the model looks at; at least"
        f" {data.min_observed_share:.0%} are needed (data.min_observed_share)",
    )


def _find_unknown_ahead(
    item: Series, frequency: Frequency, data: TimeSeriesDataConfig
) -> str | None:
    stop = item.num_past_steps + data.horizon_steps
    given = np.zeros((data.horizon_steps, len(data.known)), dtype=np.bool_)
    known = np.isfinite(item.known[item.num_past_steps : stop])
    given[: len(known)] = known
    if given.all():
        return None
    last = item.stamps[item.num_past_steps - 1]
    clock = frequency.stamps(last, data.horizon_steps + 1)  # from the last value on
    unnamed = np.full(len(clock), "", np.str_)
    written = make_ids(unnamed, clock, item.timezone, is_counted=item.is_counted)
    shown_last, *ahead = [text.removeprefix("@") for text in written.tolist()]
    missing = [
        f"{name} at {stamp}"
        for stamp, row in zip(ahead, given, strict=True)
        for name, there in zip(data.known, row, strict=True)
        if not there
    ]
    shown = ", ".join(missing[:_SHOWN_STAMPS])
    more = f" and {len(missing) - _SHOWN_STAMPS} more" if len(missing) > _SHOWN_STAMPS else ""
    return (
        f"series {item.name!r} needs its known covariates for {data.horizon_steps} steps after its"
        f" last value ({shown_last}); missing: {shown}{more}. Add rows"
        " with the covariates and an empty value"
    )


def _extend(item: Series, frequency: Frequency, data: TimeSeriesDataConfig) -> Series:
    """The last window of a series and the steps to forecast, whose values are NaN.

    What lies before its first step is NaN too.
    """
    lookback = data.lookback
    horizon = data.horizon_steps
    end = item.num_past_steps
    taken = min(end, lookback)

    def column(values: NDArray[np.float64], num_ahead: int) -> NDArray[np.float64]:
        laid = np.full((lookback + horizon, *values.shape[1:]), np.nan, np.float64)
        laid[lookback - taken : lookback + num_ahead] = values[end - taken : end + num_ahead]
        return laid

    clock = frequency.until(item.stamps[end - 1], lookback)
    return replace(
        item,
        stamps=np.concatenate([clock, frequency.stamps(clock[-1], horizon + 1)[1:]]),
        values=column(item.values, 0),
        past=column(item.past, 0),
        known=column(item.known, horizon if data.known else 0),
    )


def _as_inputs(
    ready: dict[str, Series], problems: dict[str, str], data: TimeSeriesDataConfig
) -> Inputs:
    if not ready:
        return Inputs(
            ids=np.array(list(problems), dtype=np.str_),
            rows=lambda indices: _no_rows(data),
            problems=problems,
        )
    store = stack_series(tuple(ready.values()), data)
    found = [
        make_ids(
            np.array([name]),
            item.stamps[[data.lookback]],
            item.timezone,
            is_counted=item.is_counted,
        )
        for name, item in ready.items()
    ]
    ids = np.concatenate([*found, np.array(list(problems), dtype=np.str_)])

    def rows(indices: NDArray[np.int64]) -> Rows:
        return store.rows(WindowIndex(indices, np.full(len(indices), data.lookback)))

    return Inputs(ids=ids, rows=rows, problems=problems)


def _no_rows(data: TimeSeriesDataConfig) -> Rows:
    num_known = len(data.known)
    num_ahead = num_known + len(calendar_names(data.cycles))
    num_past = 1 + len(data.past) + num_known
    rows: dict[str, NDArray[Any]] = {
        "window": np.empty((0, data.lookback, num_past), np.float64),
        "future": np.empty((0, data.horizon_steps, num_ahead), np.float64),
    }
    if data.static_numbers:
        rows["static"] = np.empty((0, len(data.static_numbers)), np.float64)
    if data.static_texts:
        rows["category"] = np.empty((0, len(data.static_texts)), np.str_)
    return rows
