"""Windows on series, cut on demand from one array: memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.calendar_features import calendar_features
from pipelines.time_series.reading.series import Series
from shared.contract import Rows

_Float = TypeVar("_Float", np.float32, np.float64)

__all__ = ["SeriesStore", "WindowIndex", "stack_series"]


@dataclass(frozen=True)
class WindowIndex:
    """Which windows, in which order.

    Attributes:
        series: (n,) int64: index of the series.
        places: (n,) int64: the place in that series at which the forecast starts.
    """

    series: NDArray[np.int64]
    places: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series)

    def take(self, indices: NDArray[np.int64]) -> WindowIndex:
        """The windows at `indices`, in that order."""
        return WindowIndex(self.series[indices], self.places[indices])


@dataclass(frozen=True)
class SeriesStore:
    """All series end to end; what was not observed is NaN.

    Attributes:
        past: (total steps, 1 + past + known covariates) float64: value, then covariates.
        calendar: (clock steps, calendar) float32. Series with the same stamps share their clock.
        stamps: (clock steps,) datetime64[s].
        static: (series, static covariates) float64, NaN where not given.
        category: (series, static categories) str, "" where not given.
        offsets: (series,) int64: where each series begins.
        clock_offsets: (series,) int64: where the clock of each series begins.
        num_known: Known covariates, the last columns of `past`.
        lookback_steps: Length of the history in a window.
        horizon_steps: Length of the forecast.
    """

    past: NDArray[np.float64]
    calendar: NDArray[np.float32]
    stamps: NDArray[np.datetime64]
    static: NDArray[np.float64]
    category: NDArray[np.str_]
    offsets: NDArray[np.int64]
    clock_offsets: NDArray[np.int64]
    num_known: int
    lookback_steps: int
    horizon_steps: int

    def rows(self, index: WindowIndex) -> Rows:
        """The wire batch of these windows.

        Returns:
            `window` (n, lookback, 1 + past + known covariates) float64: history, oldest step first,
            NaN where not observed; `future` (n, horizon, known covariates + calendar) float64: what
            is known about the steps ahead; and, where there are any, `static` (n, static
            covariates) float64, NaN where not given, and `category` (n, static categories) str.
        """
        starts = self._starts(index)
        rows: dict[str, NDArray[Any]] = {
            "window": _cut(self.past, starts - self.lookback_steps, self.lookback_steps),
            "future": self._future(index),
        }
        if self.static.shape[1]:
            rows["static"] = self.static[index.series]
        if self.category.shape[1]:
            rows["category"] = self.category[index.series]
        return rows

    def _future(self, index: WindowIndex) -> NDArray[np.float64]:
        """(n, horizon, known covariates + calendar)."""
        first_known = self.past.shape[1] - self.num_known
        known = _cut(self.past[:, first_known:], self._starts(index), self.horizon_steps)
        moments = self.clock_offsets[index.series] + index.places
        calendar = _cut(self.calendar, moments, self.horizon_steps)
        return np.concatenate([known, calendar], axis=-1, dtype=np.float64)

    def targets(self, index: WindowIndex) -> NDArray[np.float64]:
        """What happened, (n, horizon, 1) float64; NaN where not observed."""
        return _cut(self.past[:, :1], self._starts(index), self.horizon_steps)

    def recent(self, index: WindowIndex, season_steps: int) -> NDArray[np.float64]:
        """The last season before each forecast, (n, season_steps, 1) float64.

        Where a value was not observed, the latest one at the same place of an earlier season in the
        window stands for it: the naive forecasts that follow from it must not be made weak by gaps.
        NaN if there is none.
        """
        starts = self._starts(index)
        recent = _cut(self.past[:, :1], starts - season_steps, season_steps)
        for seasons_back in range(2, self.lookback_steps // season_steps + 1):
            rows = np.flatnonzero(np.isnan(recent).any(axis=(1, 2)))
            if len(rows) == 0:
                break
            earlier = _cut(
                self.past[:, :1], starts[rows] - seasons_back * season_steps, season_steps
            )
            recent[rows] = np.where(np.isnan(recent[rows]), earlier, recent[rows])
        return recent

    def start_stamps(self, index: WindowIndex) -> NDArray[np.datetime64]:
        """The first forecast moment of each window, (n,) datetime64[s]."""
        return np.asarray(self.stamps[self.clock_offsets[index.series] + index.places])

    def _starts(self, index: WindowIndex) -> NDArray[np.int64]:
        return np.asarray(self.offsets[index.series] + index.places)


def stack_series(series: Sequence[Series], config: TimeSeriesDataConfig) -> SeriesStore:
    """Lay all series end to end, and beside them each clock once, with its calendar."""
    numbers = [item.statics.numbers for item in series]
    texts = [item.statics.texts for item in series]
    lengths = [len(item.stamps) for item in series]
    clocks, clock_offsets = _clocks(series)
    calendar = [calendar_features(item.stamps, config.cycles, item.timezone) for item in clocks]
    stamps = [item.stamps for item in clocks]
    columns = [
        np.concatenate([item.values[:, None], item.past, item.known], axis=-1, dtype=np.float64)
        for item in series
    ]
    past = np.concatenate(columns)
    static = np.stack(numbers, dtype=np.float64)
    return SeriesStore(
        past=past,
        calendar=np.concatenate(calendar),
        stamps=np.concatenate(stamps),
        static=static,
        category=np.array(texts, dtype=np.str_),
        offsets=_offsets(lengths),
        clock_offsets=clock_offsets,
        num_known=series[0].known.shape[1],
        lookback_steps=config.lookback,
        horizon_steps=config.horizon_steps,
    )


def _clocks(series: Sequence[Series]) -> tuple[list[Series], NDArray[np.int64]]:
    """A series of each clock, and (series,) where the clock of each begins, end to end."""
    clocks: dict[tuple[str | None, bytes], tuple[int, Series]] = {}
    number_of = []
    for item in series:
        key = (item.timezone, item.stamps.tobytes())
        number, _ = clocks.setdefault(key, (len(clocks), item))
        number_of.append(number)
    distinct = [item for _, item in clocks.values()]
    return distinct, _offsets([len(item.stamps) for item in distinct])[number_of]


def _offsets(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *lengths[:-1]], dtype=np.int64)


def _cut(columns: NDArray[_Float], firsts: NDArray[np.int64], length: int) -> NDArray[_Float]:
    """Windows (n, length, columns) of a table (steps, columns); only those asked for are copied."""
    windows = sliding_window_view(
        columns, length, axis=0
    )  # (steps - length + 1, columns, length), no copy
    return np.ascontiguousarray(np.swapaxes(windows[firsts], 1, 2))
