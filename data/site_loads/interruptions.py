"""What interrupts a site: planned shutdowns, announced ahead, and meters that fall silent without notice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_shutdowns", "draw_silences"]

_DAY_HOURS = 24
_SHUTDOWNS_PER_YEAR = 26.0
_EARLIEST_START_HOUR, _LATEST_START_HOUR = 4, 14
_SHUTDOWN_HOURS = (6, 12)
_MEAN_SILENCE_HOURS = 8.0


def draw_shutdowns(
    num_days: int, num_sites: int, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Planned shutdowns: about every two weeks, from 6 to 12 hours that begin in the morning or around noon.

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
    during = (
        happens[:, None] & (hour >= starts[:, None]) & (hour < (starts + lengths)[:, None])
    )  # (days, hours of the day, sites)
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
