"""From series to examples: one example is one window of one series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.frequency import Frequency
from pipelines.time_series.groups import make_groups
from pipelines.time_series.partition import Part
from pipelines.time_series.series import Series
from pipelines.time_series.windows import SeriesStore, WindowIndex
from shared.contract import Examples, Problem
from shared.predictions import ForecastContext
from shared.targets.horizon import observed_mean

__all__ = ["Causes", "ExampleMaker", "SeriesStatistics", "check_training_part", "fit_statistics", "make_ids"]

Causes = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""One wire row, its `window` and its `future`, without a batch axis -> evidence, shaped like the canvas of the segments."""


@dataclass(frozen=True)
class SeriesStatistics:
    """What is measured on each series' training part; original units.

    Attributes:
        location: (series,) mean.
        scale: (series,) standard deviation, > 0.
        naive_error: (series,) mean absolute error of the seasonal naive forecast, > 0.
        level_limits: (series, 2) terciles of the mean over a season.
    """

    location: NDArray[np.float32]
    scale: NDArray[np.float32]
    naive_error: NDArray[np.float32]
    level_limits: NDArray[np.float64]


@dataclass(frozen=True)
class ExampleMaker:
    """Everything that windows of one source have in common.

    Attributes:
        series: All series.
        store: The same, end to end.
        statistics: Of their training parts.
        frequency: Their clock.
        season_steps: Steps of the main season.
        causes: Known-answer data: a wire row -> evidence.
    """

    series: tuple[Series, ...]
    store: SeriesStore
    statistics: SeriesStatistics
    frequency: Frequency
    season_steps: int
    causes: Causes | None = None

    def make(self, index: WindowIndex, part: Part) -> Examples:
        """The examples of these windows, all of which lie in `part`."""
        store, starts = self.store, self.store.start_stamps(index)
        recent = store.recent(index, self.season_steps)
        return Examples(
            ids=make_ids(np.array([item.name for item in self.series])[index.series], starts),
            entities=part.blocks(starts, store.horizon_steps, self.frequency.step_seconds),
            targets=store.targets(index),
            groups=make_groups(
                self.series,
                index.series,
                starts,
                recent_means=_recent_means(recent, self.statistics.location[index.series]),
                level_limits=self.statistics.level_limits,
                step_seconds=self.frequency.step_seconds,
            ),
            rows=lambda indices: store.rows(index.take(indices)),
            evidence=self._evidence(index),
            forecast=ForecastContext(
                starts=starts,
                recent=recent,
                location=self.statistics.location[index.series, None],
                scale=self.statistics.scale[index.series, None],
                naive_error=self.statistics.naive_error[index.series, None],
            ),
        )

    def _evidence(self, index: WindowIndex) -> Callable[[int], NDArray[np.float32]] | None:
        store, causes = self.store, self.causes
        if causes is None:
            return None

        def evidence(row: int) -> NDArray[np.float32]:
            rows = store.rows(index.take(np.array([row])))
            return causes(rows["window"][0], rows["future"][0])

        return evidence


def _recent_means(recent: NDArray[np.float32], otherwise: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,): the mean of what was observed in the last season; `otherwise` (n,) where nothing was."""
    means = observed_mean(recent.astype(np.float64), np.isfinite(recent), axes=(1, 2))
    return np.where(np.isfinite(means), means, otherwise)


def make_ids(names: NDArray[np.str_], starts: NDArray[np.datetime64]) -> NDArray[np.str_]:
    """Ids `series@start`, for example "OT@2018-02-21T00:00"; seconds only where they matter."""
    whole_minutes = np.all(starts == starts.astype("datetime64[m]"))
    texts = np.datetime_as_string(starts, unit="m" if whole_minutes else "s")
    return np.char.add(np.char.add(names.astype(np.str_), "@"), texts)


def check_training_part(item: Series, train: Part, config: TimeSeriesDataConfig, season_steps: int) -> Problem | None:
    """Why a series can't be used: too short for one window, too much of it missing, or nothing in the training part to scale it by."""
    need = config.lookback_steps + config.horizon_steps
    if item.num_past_steps < need:
        reason = (
            f"series {item.name!r} is too short: {item.num_past_steps} steps, but a window needs data.lookback_steps + "
            f"data.horizon_steps = {config.lookback_steps} + {config.horizon_steps} = {need}"
        )
        return Problem(config.source, reason)
    first, stop = train.places(item.stamps[: item.num_past_steps])
    values = item.values[first:stop]
    observed = values[np.isfinite(values)]
    if len(observed) <= season_steps:
        reason = (
            f"series {item.name!r} has {len(observed)} values up to the end of the training part ({train.timeline[-1]}); "
            f"more than one season ({season_steps}) is needed to measure its scale"
        )
        return Problem(config.source, reason)
    if np.ptp(observed) == 0.0:
        reason = f"series {item.name!r} is constant ({observed[0]:g}) over the whole training part: nothing to scale it by"
        return Problem(config.source, reason)
    return None


def fit_statistics(series: tuple[Series, ...], train: Part, season_steps: int) -> SeriesStatistics:
    """Measure each series on the observed values of its training part."""
    rows = [_measure(item.values[slice(*train.places(item.stamps))].astype(np.float64), season_steps) for item in series]
    table = np.array(rows)  # (series, 5)
    return SeriesStatistics(
        location=table[:, 0].astype(np.float32),
        scale=table[:, 1].astype(np.float32),
        naive_error=table[:, 2].astype(np.float32),
        level_limits=table[:, 3:],
    )


def _measure(values: NDArray[np.float64], season_steps: int) -> tuple[float, float, float, float, float]:
    location, scale = float(np.nanmean(values)), float(np.nanstd(values))
    errors = np.abs(values[season_steps:] - values[:-season_steps])
    # A perfectly periodic series has no naive error, and one with gaps may have no two values a season apart; MASE then needs some
    # positive denominator.
    naive_error = max(float(np.nanmean(errors)) if np.isfinite(errors).any() else scale, 1e-6 * scale)
    low, high = np.quantile(_season_means(values, season_steps, location), [1.0 / 3.0, 2.0 / 3.0])
    return location, scale, naive_error, float(low), float(high)


def _season_means(values: NDArray[np.float64], season_steps: int, otherwise: float) -> NDArray[np.float64]:
    """The mean of what was observed in each stretch of one season; `otherwise` if nothing ever was."""
    observed = np.isfinite(values)
    sums = np.cumsum(np.concatenate([[0.0], np.where(observed, values, 0.0)]))
    counts = np.cumsum(np.concatenate([[0], observed]))
    seen = counts[season_steps:] - counts[:-season_steps]
    means = (sums[season_steps:] - sums[:-season_steps])[seen > 0] / seen[seen > 0]
    return means if len(means) else np.array([otherwise])
