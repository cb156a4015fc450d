"""From series to examples: one example is one window of one series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.reading.clock.counted import count_of
from pipelines.time_series.reading.clock_changes import utc_to_local
from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.series_statistics import SeriesStatistics
from pipelines.time_series.reading.windows.groups import make_groups
from pipelines.time_series.reading.windows.index import SeriesStore, WindowIndex
from pipelines.time_series.reading.windows.partition import Stretch, TimeSplit
from shared.contract import Examples
from shared.targets.observed import observed_mean
from shared.targets.predictions import ForecastContext

__all__ = ["Causes", "ExampleMaker", "make_ids"]

Causes = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float32]]
"""A wire row (`window` and `future`) without a batch axis -> ground truth, shaped like the
canvas of the segments."""


@dataclass(frozen=True)
class ExampleMaker:
    """Everything that windows of one source have in common.

    Attributes:
        series: All series.
        store: The same, end to end.
        statistics: Of each series.
        frequency: Their clock.
        season_steps: Steps of the main season.
        entity: What is resampled as a whole: a block of time shared by all series, or a series.
        causes: Known-answer data: a wire row -> ground truth.
    """

    series: tuple[Series, ...]
    store: SeriesStore
    statistics: SeriesStatistics
    frequency: Frequency
    season_steps: int
    entity: Literal["time", "series"] = "time"
    causes: Causes | None = None

    def make(self, index: WindowIndex, split: Stretch) -> Examples:
        """The examples of these windows, all of which lie in `split`."""
        store = self.store
        starts = store.start_stamps(index)
        recent = store.recent(index, self.season_steps)
        names = np.array([item.name for item in self.series], dtype=np.str_)[index.series]
        entities = names
        if self.entity == "time" and isinstance(split, TimeSplit):
            entities = split.blocks(starts, store.horizon_steps, self.frequency.step_seconds)
        groups = make_groups(
            self.series,
            index.series,
            starts,
            recent_means=_recent_means(recent, self.statistics.location[index.series]),
            level_limits=self.statistics.level_limits,
            step_seconds=self.frequency.step_seconds,
        )
        first = self.series[0]
        ids = make_ids(names, starts, first.timezone, is_counted=first.is_counted)
        return Examples(
            ids=ids,
            entities=entities,
            targets=store.targets(index),
            groups=groups,
            rows=lambda indices: store.rows(index.take(indices)),
            ground_truth=self._ground_truth(index),
            series=names,
            forecast=self._forecast_context(index.series, starts, recent),
        )

    def _forecast_context(
        self,
        series: NDArray[np.int64],
        starts: NDArray[np.datetime64],
        recent: NDArray[np.float64],
    ) -> ForecastContext:
        statistics = self.statistics
        return ForecastContext(
            starts=starts,
            recent=recent,
            location=statistics.location[series, None],
            scale=statistics.scale[series, None],
            naive_error=statistics.naive_error[series, None],
            naive_squared_error=statistics.naive_squared_error[series, None],
        )

    def _ground_truth(self, index: WindowIndex) -> Callable[[int], NDArray[np.float32]] | None:
        store = self.store
        causes = self.causes
        if causes is None:
            return None

        def ground_truth(row: int) -> NDArray[np.float32]:
            rows = store.rows(index.take(np.array([row])))
            return causes(rows["window"][0], rows["future"][0])

        return ground_truth


def _recent_means(
    recent: NDArray[np.float64], otherwise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,): the mean of what was observed in the last season.

    `otherwise` (n,) where nothing was.
    """
    means = observed_mean(recent, np.isfinite(recent), axes=(1, 2))
    return np.where(np.isfinite(means), means, otherwise)


def make_ids(
    names: NDArray[np.str_],
    starts: NDArray[np.datetime64],
    timezone: str | None = None,
    *,
    is_counted: bool = False,
) -> NDArray[np.str_]:
    """Ids `series@start`, for example "OT@2018-02-21T00:00"; seconds only where they matter.

    Args:
        names: (n,) series.
        starts: (n,) datetime64[s].
        timezone: Starts are UTC, and are shown as this zone's clocks do, with the offset:
            "OT@2018-02-21T01:00+01:00". None: as they are.
        is_counted: Starts count steps: "M1@121".
    """
    if is_counted:
        return np.char.add(
            np.char.add(names.astype(np.str_), "@"), count_of(starts).astype(np.str_)
        )
    shown = starts if timezone is None else utc_to_local(starts, timezone)
    whole_minutes = np.all(shown == shown.astype("datetime64[m]"))
    texts = np.datetime_as_string(shown, unit="m" if whole_minutes else "s")
    if timezone is not None:
        texts = np.char.add(texts, _offsets(shown - starts))
    return np.char.add(np.char.add(names.astype(np.str_), "@"), texts)


def _offsets(ahead: NDArray[np.timedelta64]) -> NDArray[np.str_]:
    """As in ISO 8601: how far clocks are ahead of UTC, (n,) -> "+05:30"."""
    distinct, places = np.unique(ahead.astype(np.int64) // 60, return_inverse=True)
    texts = [
        f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
        for minutes in distinct.tolist()
    ]
    return np.array(texts, dtype=np.str_)[places]
