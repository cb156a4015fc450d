"""What acts on a site, and which of it causes a forecast.

Weather and holidays; planned shutdowns, announced ahead; meters that fall silent without notice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

__all__ = [
    "COVARIATES",
    "cause_mask",
    "draw_shutdowns",
    "draw_silences",
    "draw_temperatures",
    "holiday_flags",
]

COVARIATES = ("temperature", "holiday", "shutdown")
"""Known in advance: °C; 0 or 1; 0 or 1."""

_TEMPERATURE = COVARIATES.index("temperature")
_HOLIDAY = COVARIATES.index("holiday")
_SHUTDOWN = COVARIATES.index("shutdown")
_DAY_HOURS = 24
_WEEK_HOURS = 168
_HOLIDAYS = (
    "01-01",
    "01-06",
    "03-08",
    "04-18",
    "05-01",
    "05-26",
    "06-16",
    "08-15",
    "10-03",
    "11-01",
    "12-25",
    "12-26",
)
"""Month and day of the holidays of an invented country."""

_ANNUAL_MEAN_C, _ANNUAL_SWING_C, _COLDEST_DAY = 12.0, 10.0, 20.0
_DAILY_SWING_C, _WARMEST_HOUR = 4.0, 15.0
_FRONTS_STD_C, _FRONTS_MEMORY_HOURS = 4.0, 60.0
_LOCAL_STD_C, _LOCAL_MEMORY_HOURS = 1.0, 12.0
_CLIMATE_STD_C = 1.5

_SHUTDOWNS_PER_YEAR = 26.0
_EARLIEST_START_HOUR, _LATEST_START_HOUR = 4, 14
_SHUTDOWN_HOURS = (6, 12)
_MEAN_SILENCE_HOURS = 8.0


def draw_temperatures(
    stamps: NDArray[np.datetime64], num_sites: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Hourly outdoor temperatures.

    A year, a day, weather fronts common to all sites, and local differences.

    Args:
        stamps: (hours,) datetime64.
        num_sites: Number of sites.
        generator: Source of chance.

    Returns:
        (hours, sites) float64, °C.
    """
    since_new_year = stamps - stamps.astype("datetime64[Y]")
    hours = since_new_year / np.timedelta64(1, "h")
    years = (hours / 24.0 - _COLDEST_DAY) / 365.25
    seasonal = _ANNUAL_MEAN_C - _ANNUAL_SWING_C * np.cos(2.0 * np.pi * years)
    daily = _DAILY_SWING_C * np.cos(2.0 * np.pi * (hours % 24.0 - _WARMEST_HOUR) / 24.0)
    fronts = _red_noise((len(stamps), 1), _FRONTS_STD_C, _FRONTS_MEMORY_HOURS, generator)
    local = _red_noise((len(stamps), num_sites), _LOCAL_STD_C, _LOCAL_MEMORY_HOURS, generator)
    climate = generator.normal(0.0, _CLIMATE_STD_C, size=num_sites)
    return np.asarray((seasonal + daily)[:, None] + fronts + local + climate)


def holiday_flags(stamps: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Which stamps lie on a holiday, (hours,) bool."""
    month_day = np.char.partition(np.datetime_as_string(stamps, unit="D"), "-")[:, 2]
    return np.isin(month_day, _HOLIDAYS)


def draw_shutdowns(
    num_days: int, num_sites: int, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Planned shutdowns, about every two weeks.

    They take from 6 to 12 hours and begin in the morning or around noon.

    Args:
        num_days: Number of days.
        num_sites: Number of sites.
        generator: Source of chance.

    Returns:
        (hours, sites) bool.
    """
    happens = generator.random((num_days, num_sites)) < _SHUTDOWNS_PER_YEAR / 365.25
    starts = generator.integers(_EARLIEST_START_HOUR, _LATEST_START_HOUR + 1, size=happens.shape)
    lengths = generator.integers(_SHUTDOWN_HOURS[0], _SHUTDOWN_HOURS[1] + 1, size=happens.shape)
    lengths = np.minimum(lengths, _DAY_HOURS - starts)
    hour = np.arange(_DAY_HOURS)[None, :, None]
    has_begun = hour >= starts[:, None]
    has_ended = hour >= (starts + lengths)[:, None]
    during = happens[:, None] & has_begun & ~has_ended  # (days, hours of the day, sites)
    return np.asarray(during.reshape(num_days * _DAY_HOURS, num_sites))


def draw_silences(
    num_hours: int, num_sites: int, share: float, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Stretches of about eight hours in which a meter sends nothing, (hours, sites) bool.

    `share` of all hours on average.
    """
    starts = generator.random((num_hours, num_sites))
    ends = generator.random((num_hours, num_sites))
    end_rate = 1.0 / _MEAN_SILENCE_HOURS
    start_rate = end_rate * share / (1.0 - share)  # the stationary share of a two-state chain
    silent = np.zeros((num_hours, num_sites), dtype=np.bool_)
    for hour in range(1, num_hours):
        silent[hour] = np.where(silent[hour - 1], ends[hour] >= end_rate, starts[hour] < start_rate)
    return silent


def cause_mask(
    loads: NDArray[np.floating[Any]],
    past: NDArray[np.floating[Any]],
    ahead: NDArray[np.floating[Any]],
    num_calendar: int,
) -> NDArray[np.float32]:
    """Which inputs cause the forecast of the hours ahead.

    They are the last day and the same hours of the last week, as far as they were metered, together
    with the temperature and the shutdowns of those hours (they must be separated from the rest of
    the load), the temperature ahead, the calendar ahead, and the flags of holidays and shutdowns
    where they are set ahead.

    Args:
        loads: (lookback,) history; NaN while the meter was silent.
        past: (lookback, covariates), in the order of `COVARIATES`.
        ahead: (horizon, covariates).
        num_calendar: Number of calendar columns.

    Returns:
        (lookback + horizon, 1 + covariates + calendar columns) float32, 0 or 1: rows are hours,
        first the history and then the hours ahead; columns are the load, `COVARIATES`, and the
        calendar.
    """
    lookback_steps = len(loads)
    num_steps = lookback_steps + len(ahead)
    mask = np.zeros((num_steps, 1 + len(COVARIATES) + num_calendar), np.float32)
    hours = np.arange(lookback_steps, num_steps)
    a_day_ago = _latest_before(hours, lookback_steps, _DAY_HOURS)
    a_week_ago = _latest_before(hours, lookback_steps, _WEEK_HOURS)
    causes = np.concatenate([a_day_ago, a_week_ago])
    causes = causes[causes >= 0]
    causes = causes[np.isfinite(loads[causes])]
    mask[causes, 0] = 1.0
    mask[causes, 1 + _TEMPERATURE] = 1.0
    mask[causes, 1 + _SHUTDOWN] = past[causes, _SHUTDOWN] > 0.0
    mask[hours, 1 + _TEMPERATURE] = 1.0
    for flag in (_HOLIDAY, _SHUTDOWN):
        mask[hours, 1 + flag] = ahead[:, flag] > 0.0
    mask[lookback_steps:, 1 + len(COVARIATES) :] = 1.0
    return mask


def _latest_before(hours: NDArray[np.int64], start: int, period: int) -> NDArray[np.int64]:
    """The latest hour before `start` at the same place in the period, for each hour."""
    return hours - period * ((hours - start) // period + 1)


def _red_noise(
    shape: tuple[int, int], std: float, memory_steps: float, generator: np.random.Generator
) -> NDArray[np.float64]:
    """A stationary first-order autoregression along the first axis.

    It has the given standard deviation and forgets all but 1/e in `memory_steps`.
    """
    persistence = np.exp(-1.0 / memory_steps)
    shocks = generator.normal(0.0, std * np.sqrt(1.0 - persistence**2), size=shape)
    shocks[0] *= 1.0 / np.sqrt(1.0 - persistence**2)  # starts in its stationary distribution
    return np.asarray(lfilter([1.0], [1.0, -persistence], shocks, axis=0))
