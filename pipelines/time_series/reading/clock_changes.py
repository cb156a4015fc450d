"""Local time on the clock of UTC and back, and the traces that daylight saving leaves."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.time_series.reading.stamps import Stamps
from shared.config.setting_text import set_option
from shared.errors import DataError

__all__ = ["find_clock_changes", "local_to_utc", "settle_clock", "utc_to_local"]

_HOUR_SECONDS = 3600
_DAY_SECONDS = 86_400
_LAST = -1
_FORWARD = {(3, 2), (3, _LAST), (9, _LAST), (10, 1)}
_BACK = {(4, 1), (10, _LAST), (11, 1)}
"""Month and number of the Sunday on which clocks are changed in Europe, North America, Australia
and New Zealand."""
_LATEST_HOUR = 3
_SUNDAY = 6

_COARSE_STEP_SECONDS = 20 * 3600
"""Steps from here on are days or longer, and days begin when local clocks say so, not when those of
UTC do."""


def settle_clock(
    stamps: Stamps, owners: NDArray[np.int64], timezone: str | None, path: Path
) -> tuple[Stamps, str | None]:
    """Choose what stamps mean from here on.

    UTC for steps below a day if the zone is known, else what local clocks show.

    Args:
        stamps: As written.
        owners: (rows,): the series of each.
        timezone: The configured zone; None if there is none.
        path: Where they come from, for messages.

    Returns:
        The stamps, and the zone by whose clocks calendars go; None: by the stamps.
    """
    if timezone is None:
        return stamps, "UTC" if stamps.have_zone else None
    moments = stamps.moments
    if _keeps_local_clocks(stamps, owners, timezone):
        local = utc_to_local(moments, timezone) if stamps.have_zone else moments
        return Stamps(local, have_zone=True), None
    if not stamps.have_zone:
        moments = local_to_utc(moments, timezone, owners, path)
    return Stamps(moments, have_zone=True), timezone


def _keeps_local_clocks(stamps: Stamps, owners: NDArray[np.int64], timezone: str) -> bool:
    """Whether steps are regular on clocks on the wall, not in UTC.

    So are days, and steps of several hours such as 00:00, 06:00, 12:00, 18:00.
    """
    step = _median_step(stamps.moments, owners)
    if step >= _COARSE_STEP_SECONDS or step <= _HOUR_SECONDS:
        return step >= _COARSE_STEP_SECONDS
    if not stamps.have_zone:
        return _is_regular(stamps.moments, owners, step)
    local = utc_to_local(stamps.moments, timezone)
    return _is_regular(local, owners, step) and not _is_regular(stamps.moments, owners, step)


def _is_regular(moments: NDArray[np.datetime64], owners: NDArray[np.int64], step: int) -> bool:
    """Whether each series' moments are whole steps apart."""
    phases = pd.Series(moments.astype(np.int64) % step).groupby(owners).nunique()
    return bool((phases == 1).all())


def _median_step(moments: NDArray[np.datetime64], owners: NDArray[np.int64]) -> int:
    """In seconds, over the steps of all series; 0 if there are none."""
    order = np.lexsort([moments, owners])
    same = np.diff(owners[order]) == 0
    steps = np.diff(moments[order]).astype(np.int64)[same]
    steps = steps[steps > 0]
    return int(np.median(steps)) if len(steps) else 0


def local_to_utc(
    moments: NDArray[np.datetime64], timezone: str, owners: NDArray[np.int64], path: Path
) -> NDArray[np.datetime64]:
    """Turn local stamps into UTC.

    When clocks are set back, an hour occurs twice: within a series, the first row of such a stamp
    is the earlier moment. Where there is one row only, it is that.

    Args:
        moments: (rows,) datetime64[s], in the order of the file, whichever direction that is.
        timezone: IANA name, such as "Europe/Berlin".
        owners: (rows,) int64: the series of each row.
        path: The file, for messages.

    Returns:
        (rows,) datetime64[s], UTC.

    Raises:
        DataError: A moment does not exist, because clocks were set forward over it.
    """
    runs_backwards = bool(len(moments) > 1 and np.median(np.diff(moments).astype(np.int64)) < 0)
    table = pd.DataFrame({"owner": owners, "moment": moments})
    place = table.groupby(["owner", "moment"]).cumcount(ascending=not runs_backwards).to_numpy()
    zoned = pd.DatetimeIndex(moments).tz_localize(timezone, ambiguous=place == 0, nonexistent="NaT")
    missing = np.asarray(zoned.isna())
    if missing.any():
        row = int(missing.argmax())
        raise DataError(
            f"{path}, row {row + 1}: the moment {moments[row]} does not exist in {timezone},"
            " because clocks were set forward over it. Correct the row, or name the zone that the"
            f" stamps are really in, such as {set_option('data.timezone', 'UTC')}"
        )
    return np.asarray(zoned.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]"))


def utc_to_local(moments: NDArray[np.datetime64], timezone: str) -> NDArray[np.datetime64]:
    """What clocks on the wall show at these UTC moments, (n,) datetime64[s]."""
    zoned = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(timezone)
    return np.asarray(zoned.tz_localize(None).to_numpy().astype("datetime64[s]"))


def find_clock_changes(stamps: NDArray[np.datetime64], step_seconds: int) -> tuple[str, ...]:
    """Sentences about hours that look skipped or repeated because clocks were changed.

    What is looked for: exactly one hour missing, or there twice, that begins before four o'clock on
    one of the Sundays on which clocks are changed in Europe, North America, Australia or New
    Zealand.

    Args:
        stamps: (rows,) datetime64[s] without a zone, sorted; may repeat.
        step_seconds: The usual step; a day or longer: nothing is looked for.
    """
    if step_seconds >= _DAY_SECONDS or len(stamps) < 2:
        return ()
    distinct, counts = np.unique(stamps, return_counts=True)
    twice = distinct[counts == 2]
    hours, num_in_hour = np.unique(twice.astype("datetime64[h]"), return_counts=True)
    per_hour = max(1, _HOUR_SECONDS // step_seconds)
    repeated = [hour for hour, count in zip(hours, num_in_hour, strict=True) if count == per_hour]
    skipped = distinct[:-1][
        np.diff(distinct).astype(np.int64) == _HOUR_SECONDS + step_seconds
    ] + np.timedelta64(step_seconds, "s")
    events = [
        (hour, "occurs twice, as when clocks are set back")
        for hour in repeated
        if _is_change(hour, _BACK)
    ]
    events += [
        (hour, "is missing, as when clocks are set forward")
        for hour in skipped
        if _is_change(hour, _FORWARD)
    ]
    found = sorted((hour.astype("datetime64[m]"), says) for hour, says in events)
    return tuple(f"The hour from {hour} {says}." for hour, says in found)


def _is_change(hour: np.datetime64, sundays: Collection[tuple[int, int]]) -> bool:
    moment = pd.Timestamp(hour)
    if moment.weekday() != _SUNDAY or moment.hour > _LATEST_HOUR:
        return False
    number = (moment.day - 1) // 7 + 1
    is_last = moment.day + 7 > moment.days_in_month
    return (moment.month, number) in sundays or (is_last and (moment.month, _LAST) in sundays)
