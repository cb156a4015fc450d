"""Which time zone explains stamps, to be advised."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import available_timezones

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["find_zone_of_days", "find_zone_of_repeated_hours"]

_DAY_SECONDS = 86_400
_HOUR_SECONDS = 3600
_MOST_A_YEAR = 2
_WELL_KNOWN = (
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago", "America/Denver"),
    *("America/Los_Angeles", "America/Sao_Paulo", "America/Santiago", "Australia/Sydney"),
    *("Pacific/Auckland", "Asia/Kolkata", "Asia/Tokyo", "Asia/Beirut", "Asia/Jerusalem"),
)


def find_zone_of_repeated_hours(stamps: NDArray[np.datetime64], step_seconds: int) -> str | None:
    """A zone in which exactly the repeated stamps were shown twice, because clocks were set back.

    Args:
        stamps: (rows,) datetime64[s], local, sorted.
        step_seconds: The usual step.
    """
    distinct, counts = np.unique(stamps, return_counts=True)
    twice = distinct[counts == 2]
    num_years = (distinct[-1] - distinct[0]) / np.timedelta64(365 * _DAY_SECONDS, "s")
    hours = np.unique(twice.astype("datetime64[h]"))
    if step_seconds >= _DAY_SECONDS or counts.max() > 2:
        return None
    if len(hours) > _MOST_A_YEAR * (num_years + 1):
        return None
    return next((zone for zone in _zones() if _repeats(zone, twice, distinct)), None)


def find_zone_of_days(moments: NDArray[np.datetime64]) -> str | None:
    """A zone whose clocks show the same time of day at all of these UTC moments.

    None if they do so in UTC, or nowhere.
    """
    if _is_one_time_of_day(moments, "UTC"):
        return None
    return next((zone for zone in _zones() if _is_one_time_of_day(moments, zone)), None)


def _zones() -> Iterator[str]:
    yield from _WELL_KNOWN
    yield from sorted(zone for zone in available_timezones() if "/" in zone and "Etc" not in zone)


def _repeats(zone: str, twice: NDArray[np.datetime64], all_: NDArray[np.datetime64]) -> bool:
    repeated = pd.DatetimeIndex(twice)
    is_ambiguous = repeated.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").isna()
    if not is_ambiguous.all():
        return False
    index = pd.DatetimeIndex(all_)
    first = np.ones(len(index), dtype=np.bool_)
    return bool(index.tz_localize(zone, ambiguous=first, nonexistent="NaT").notna().all())


def _is_one_time_of_day(moments: NDArray[np.datetime64], zone: str) -> bool:
    local = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return len(set((local - local.normalize()).tolist())) == 1
