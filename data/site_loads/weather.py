"""The weather and the holidays that act on all sites."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

__all__ = ["draw_temperatures", "holiday_flags"]

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
    hours = (stamps - stamps.astype("datetime64[Y]")) / np.timedelta64(
        1, "h"
    )  # since the start of the year
    seasonal = _ANNUAL_MEAN_C - _ANNUAL_SWING_C * np.cos(
        2.0 * np.pi * (hours / 24.0 - _COLDEST_DAY) / 365.25
    )
    daily = _DAILY_SWING_C * np.cos(2.0 * np.pi * (hours % 24.0 - _WARMEST_HOUR) / 24.0)
    fronts = _red_noise((len(stamps), 1), _FRONTS_STD_C, _FRONTS_MEMORY_HOURS, generator)
    local = _red_noise((len(stamps), num_sites), _LOCAL_STD_C, _LOCAL_MEMORY_HOURS, generator)
    climate = generator.normal(0.0, _CLIMATE_STD_C, size=num_sites)
    return np.asarray((seasonal + daily)[:, None] + fronts + local + climate)


def holiday_flags(stamps: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Which stamps lie on a holiday, (hours,) bool."""
    month_day = np.char.partition(np.datetime_as_string(stamps, unit="D"), "-")[:, 2]
    return np.isin(month_day, _HOLIDAYS)


def _red_noise(
    shape: tuple[int, int], std: float, memory_steps: float, generator: np.random.Generator
) -> NDArray[np.float64]:
    """A stationary first-order autoregression along the first axis, with the given standard deviation and memory."""
    persistence = np.exp(-1.0 / memory_steps)
    shocks = generator.normal(0.0, std * np.sqrt(1.0 - persistence**2), size=shape)
    shocks[0] *= 1.0 / np.sqrt(1.0 - persistence**2)  # starts in its stationary distribution
    return np.asarray(lfilter([1.0], [1.0, -persistence], shocks, axis=0))
