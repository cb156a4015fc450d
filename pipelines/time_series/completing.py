"""Settings that follow from the clock and the length of the series, where they are left open."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.time_series.config import Cycle, TimeSeriesConfig, TimeSeriesDataConfig
from pipelines.time_series.data import read_source
from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.series import SeriesFile
from pipelines.time_series.reading.windows.partition import cut_time

__all__ = ["complete", "usual_calendar", "usual_lookback"]

_DAY_SECONDS = 86_400
_SEASONS_BELOW_A_DAY = 7  # a week
_FEWEST_STEPS = 32
_STEPS_WITHOUT_SEASON = 12
_MOST_STEPS = 1024
_SHORTEST, _LONGEST = 4, 4096  # what data.lookback_steps allows
_SHORT_SERIES = 0.05
"""Below this quantile of lengths a series may be too short for a window."""


def complete(config: TimeSeriesConfig) -> TimeSeriesConfig:
    """The settings with window, calendar and lower bound, chosen for the series if they are null.

    Raises:
        DataError: The table can't be read as configured, or is too short.
    """
    data = config.data
    if None not in (data.lookback_steps, data.calendar, data.non_negative):
        return config
    found = _of_demo(data) if data.source == "demo" else _of_source(config)
    chosen = {name: value for name, value in found.items() if getattr(data, name) is None}
    return config.model_copy(update={"data": data.model_copy(update=chosen)})


def _of_demo(data: TimeSeriesDataConfig) -> dict[str, Any]:
    longest = max(data.lookback, data.season_steps or 0)
    return {
        "lookback_steps": min(longest, _LONGEST),
        "calendar": data.cycles,
        "non_negative": True,  # loads
    }


def _of_source(config: TimeSeriesConfig) -> dict[str, Any]:
    as_read, file, _ = read_source(config)
    data = as_read.data
    num_train = _num_training_steps(file, data)
    season = data.season_steps or file.frequency.usual_season() or 1
    lookback = data.lookback_steps or usual_lookback(
        file.frequency, season, num_train=num_train, horizon_steps=data.horizon_steps
    )
    if data.split == "last_steps":
        lookback = data.lookback_steps or _short_enough(lookback, season, file, data)
    is_counted = file.frequency.counted_season is not None
    return {
        "lookback_steps": lookback,
        "season_steps": season if is_counted else None,
        "calendar": () if is_counted else usual_calendar(file.frequency, num_train),
        "non_negative": _is_never_negative(
            file, data.model_copy(update={"lookback_steps": lookback})
        ),
    }


def _is_never_negative(file: SeriesFile, data: TimeSeriesDataConfig) -> bool:
    """Whether no value of any series is below 0 before validation begins."""
    if not file.series:
        return False
    train = cut_time(file.series, data, data.source).splits["train"]
    known = (item.values[slice(*train.places(item))] for item in file.series)
    return not any((values < 0.0).any() for values in known)


def usual_lookback(
    frequency: Frequency, season_steps: int, *, num_train: int, horizon_steps: int
) -> int:
    """Steps of history: whole seasons, about a week of hours, three years of months.

    Args:
        frequency: The clock.
        season_steps: Of the main season.
        num_train: Steps of a usual series before validation begins. A window and its horizon take
            at most half of them, so that there are windows to train on.
        horizon_steps: To forecast.
    """
    if season_steps == 1:
        wanted = _STEPS_WITHOUT_SEASON
    elif frequency.step_seconds < _DAY_SECONDS:
        wanted = min(_SEASONS_BELOW_A_DAY * season_steps, _MOST_STEPS)
    else:
        wanted = max(2, -(-_FEWEST_STEPS // season_steps)) * season_steps
    room = (num_train - horizon_steps) // 2
    steps = max(min(wanted, room), season_steps)
    return min(max(steps - steps % season_steps, _SHORTEST), _LONGEST)


def usual_calendar(frequency: Frequency, num_train: int) -> tuple[Cycle, ...]:
    """The cycles that steps of this length can follow.

    Args:
        frequency: The clock.
        num_train: Steps of a usual series before validation begins: a year that was seen once says
            nothing about years.
    """
    days = frequency.step_seconds / _DAY_SECONDS
    if days < 1.0:
        return ("day", "week")
    if days >= 7.0:
        return ("year",)
    return ("week", "year") if num_train * days >= 2 * 365 else ("week",)


def _short_enough(
    lookback: int, season_steps: int, file: SeriesFile, data: TimeSeriesDataConfig
) -> int:
    """A window that fits before the test of short series, too, in whole seasons."""
    lengths = [item.num_past_steps for item in file.series] or [0]
    room = int(np.quantile(lengths, _SHORT_SERIES)) - data.horizon_steps
    room = max(room - room % season_steps, season_steps, _SHORTEST)
    return min(lookback, room)


def _num_training_steps(file: SeriesFile, data: TimeSeriesDataConfig) -> int:
    if data.split_steps is not None:
        return data.split_steps[0]
    usual = np.median([item.num_past_steps for item in file.series] or [0])
    if data.split == "last_steps":
        return max(0, int(usual) - 2 * data.horizon_steps)
    return int(usual * (1.0 - data.validation_share - data.test_share))
