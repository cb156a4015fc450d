from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from pipelines.time_series.config import Cycle
from pipelines.time_series.forecast_clock import ForecastClock, read_clock
from pipelines.time_series.reading.calendar_features import calendar_features


def _clock(start: str, step: timedelta, *cycles: Cycle) -> ForecastClock | None:
    stamps = np.datetime64(start, "s") + np.arange(4) * np.timedelta64(step, "s")
    return read_clock(calendar_features(stamps, cycles), cycles)


def _known(start: str, step: timedelta, *cycles: Cycle) -> ForecastClock:
    clock = _clock(start, step, *cycles)
    assert clock is not None
    return clock


@pytest.mark.parametrize("start", ["2024-03-05T14:00", "2024-03-10T23:30", "2021-01-04T00:00"])
def test_the_clock_is_read_back_from_the_calendar(start: str) -> None:
    clock = _known(start, timedelta(minutes=15), "year", "day", "week")
    stamps = np.datetime64(start, "m") + np.arange(-700, 700, 37) * np.timedelta64(15, "m")
    for step, stamp in zip(range(-700, 700, 37), stamps, strict=True):
        assert clock.moment(step) == stamp.astype(object).strftime("%a %H:%M")


def test_stretches_are_named_as_short_as_they_can_be() -> None:
    clock = _known("2024-03-05T00:00", timedelta(hours=1), "day", "week")  # a Tuesday
    assert clock.stretch(-6, -1) == "Mon 18:00 to 23:00"
    assert clock.stretch(-168, -145) == "Tue"
    assert clock.stretch(-9, 2) == "Mon 15:00 to Tue 02:00"
    assert clock.stretch(-168, -121) == "Tue 00:00 to Wed 23:00"


def test_without_a_week_there_are_hours_and_of_days_there_are_weekdays() -> None:
    assert _known("2024-03-05T14:00", timedelta(hours=1), "day").stretch(-6, -1) == "08:00 to 13:00"
    daily = _known("2024-03-05T00:00", timedelta(days=1), "week", "year")
    assert daily.stretch(-7, -1) == "Tue to Mon"
    assert daily.stretch(-1, -1) == "Mon"


def test_a_calendar_without_days_or_with_what_is_no_number_tells_nothing() -> None:
    assert _clock("2024-03-05T00:00", timedelta(days=1), "year") is None
    assert _clock("2024-03-05T00:00", timedelta(days=1), "day") is None  # the clock stands
    assert read_clock(np.full((4, 4), np.nan), ("day", "week")) is None
