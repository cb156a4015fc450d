"""From series to examples: one example is one window of one series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.time_series.reading.clock.counted import count_of
from pipelines.time_series.reading.clock_changes import utc_to_local
from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.series_statistics import SeriesStatistics
from pipelines.time_series.reading.windows.groups import make_groups
from pipelines.time_series.reading.windows.index import SeriesStore, WindowIndex
from pipelines.time_series.reading.windows.partition import Stretch, TimeSplit
from shared.computed_column import PIECE_ROWS, computed_column
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
        """The examples of these windows, all of which lie in `split`.

        What follows from a window's series and place is computed when it is asked for.
        """
        store = self.store
        names = np.array([item.name for item in self.series], dtype=np.str_)
        starts = computed_column(lambda rows: store.start_stamps(index.take(rows)), len(index))
        series = computed_column(lambda rows: names[index.series[rows]], len(index))
        entities = series
        if self.entity == "time" and isinstance(split, TimeSplit):
            step = self.frequency.step_seconds
            entities = computed_column(
                lambda rows: split.blocks(starts[rows], store.horizon_steps, step), len(index)
            )
        ids = self._ids(series, starts)
        targets = computed_column(lambda rows: store.targets(index.take(rows)), len(index))
        groups = self._groups(index, starts)
        return Examples(
            ids=ids,
            entities=entities,
            targets=targets,
            groups=groups,
            rows=lambda indices: store.rows(index.take(indices)),
            ground_truth=self._ground_truth(index),
            series=series,
            forecast=self._forecast_context(index, starts),
        )

    def _ids(self, series: NDArray[np.str_], starts: NDArray[np.datetime64]) -> NDArray[np.str_]:
        first = self.series[0]
        # Of all, so that ids look alike whichever are asked for together.
        pieces = (starts[at : at + PIECE_ROWS] for at in range(0, len(starts), PIECE_ROWS))
        with_seconds = not all(_are_whole_minutes(piece, first.timezone) for piece in pieces)

        def ids(rows: NDArray[np.int64]) -> NDArray[np.str_]:
            return make_ids(
                series[rows],
                starts[rows],
                first.timezone,
                is_counted=first.is_counted,
                with_seconds=with_seconds,
            )

        return computed_column(ids, len(starts))

    def _groups(self, index: WindowIndex, starts: NDArray[np.datetime64]) -> pd.DataFrame:
        """Of all windows, from the last season of a piece of them at a time."""
        statistics = self.statistics
        pieces = []
        for at in range(0, max(len(index), 1), PIECE_ROWS):
            part = index.take(np.arange(at, min(at + PIECE_ROWS, len(index))))
            recent = self.store.recent(part, self.season_steps)
            groups = make_groups(
                self.series,
                part.series,
                starts[at : at + PIECE_ROWS],
                recent_means=_recent_means(recent, statistics.location[part.series]),
                level_limits=statistics.level_limits,
                step_seconds=self.frequency.step_seconds,
            )
            pieces.append(groups)
        return pd.concat(pieces, ignore_index=True)

    def _forecast_context(
        self, index: WindowIndex, starts: NDArray[np.datetime64]
    ) -> ForecastContext:
        statistics = self.statistics

        def of_series(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return computed_column(lambda rows: values[index.series[rows], None], len(index))

        def recent(rows: NDArray[np.int64]) -> NDArray[np.float64]:
            return self.store.recent(index.take(rows), self.season_steps)

        return ForecastContext(
            starts=starts,
            recent=computed_column(recent, len(index)),
            location=of_series(statistics.location),
            scale=of_series(statistics.scale),
            naive_error=of_series(statistics.naive_error),
            naive_squared_error=of_series(statistics.naive_squared_error),
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
    with_seconds: bool | None = None,
) -> NDArray[np.str_]:
    """Ids `series@start`, for example "OT@2018-02-21T00:00"; seconds only where they matter.

    Args:
        names: (n,) series.
        starts: (n,) datetime64[s].
        timezone: Starts are UTC, and are shown as this zone's clocks do, with the offset:
            "OT@2018-02-21T01:00+01:00". None: as they are.
        is_counted: Starts count steps: "M1@121".
        with_seconds: Whether they matter; None: by these starts.
    """
    if is_counted:
        return np.char.add(
            np.char.add(names.astype(np.str_), "@"), count_of(starts).astype(np.str_)
        )
    shown = starts if timezone is None else utc_to_local(starts, timezone)
    if with_seconds is None:
        with_seconds = not _are_whole_minutes(starts, timezone)
    texts = np.datetime_as_string(shown, unit="s" if with_seconds else "m")
    if timezone is not None:
        texts = np.char.add(texts, _offsets(shown - starts))
    return np.char.add(np.char.add(names.astype(np.str_), "@"), texts)


def _are_whole_minutes(starts: NDArray[np.datetime64], timezone: str | None) -> bool:
    shown = starts if timezone is None else utc_to_local(starts, timezone)
    return bool(np.all(shown == shown.astype("datetime64[m]")))


def _offsets(ahead: NDArray[np.timedelta64]) -> NDArray[np.str_]:
    """As in ISO 8601: how far clocks are ahead of UTC, (n,) -> "+05:30"."""
    distinct, places = np.unique(ahead.astype(np.int64) // 60, return_inverse=True)
    texts = [
        f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
        for minutes in distinct.tolist()
    ]
    return np.array(texts, dtype=np.str_)[places]
