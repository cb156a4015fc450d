"""Which step stamps keep: one of seconds, or a calendar's such as months and business days."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["infer_alias"]

_DAY_SECONDS = 86_400
_WEEK_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SHORTEST_DAYS = {"month": 28, "quarter": 85, "year": 360}
"""A calendar whose usual step is shorter has none of these."""
_CLEAR_SHARE = 0.9
"""Where at least this share of steps are whole multiples of the usual one, the rest are faults, to
be named row by row."""
_MOST_GAPS = 3
"""A calendar step must be there for at least one of so many of its moments."""


def infer_alias(stamps: NDArray[np.datetime64]) -> str | None:
    """The frequency of sorted, distinct stamps; None if it is ambiguous."""
    steps, counts = np.unique(np.diff(stamps).astype(np.int64), return_counts=True)
    usual = int(steps[counts.argmax()])
    if len(steps) == 1:
        return _alias_of_seconds(usual, stamps)
    if len(stamps) >= 3:
        with pd.option_context("future.infer_freq_returns_offset", True):
            offset: Any = pd.infer_freq(pd.DatetimeIndex(stamps))  # months, quarters, business days
        if offset is not None:
            return str(offset.freqstr)
    is_clear = counts[steps % usual == 0].sum() >= _CLEAR_SHARE * counts.sum()
    num_steps = int((stamps[-1] - stamps[0]).astype(np.int64)) // usual + 1
    return _infer_calendar(stamps, usual, num_steps if is_clear else None) or (
        _alias_of_seconds(usual, stamps) if is_clear else None
    )


def _infer_calendar(
    stamps: NDArray[np.datetime64], usual: int, num_steps: int | None
) -> str | None:
    """The calendar step on which all stamps lie, if it leaves fewer gaps than steps in seconds.

    Of these there would be `num_steps`.
    """
    if usual < _DAY_SECONDS:
        return None
    most = (
        _MOST_GAPS * len(stamps)
        if num_steps is None
        else min(_CLEAR_SHARE * num_steps, _MOST_GAPS * len(stamps))
    )
    grids = {
        alias: pd.date_range(pd.Timestamp(stamps[0]), pd.Timestamp(stamps[-1]), freq=alias)
        for alias in _calendar_aliases(usual / _DAY_SECONDS)
    }
    fitting = {
        alias: len(grid)
        for alias, grid in grids.items()
        if len(grid) <= most and np.isin(stamps, grid.to_numpy().astype("datetime64[s]")).all()
    }
    return min(fitting, key=fitting.__getitem__) if fitting else None


def _calendar_aliases(usual_days: float) -> list[str]:
    """Calendars with steps of about so many days, the plainest of equals first."""
    if usual_days < _SHORTEST_DAYS["month"]:
        return ["B"]
    aliases = ["MS", "ME", "BMS", "BME"]
    if usual_days >= _SHORTEST_DAYS["quarter"]:
        # Quarters that begin in April are those that begin in January.
        ends = ("DEC", "JAN", "FEB")
        aliases += [f"QS-{month}" for month in ("JAN", "FEB", "MAR")]
        aliases += [f"{kind}-{month}" for kind in ("QE", "BQE") for month in ends]
        aliases += [f"BQS-{month}" for month in ("JAN", "FEB", "MAR")]
    if usual_days >= _SHORTEST_DAYS["year"]:
        aliases += [f"{kind}-{month}" for kind in ("YS", "YE", "BYS", "BYE") for month in _MONTHS]
    return aliases


def _alias_of_seconds(seconds: int, stamps: NDArray[np.datetime64]) -> str:
    """Weeks by their day, so that the alias can be given as a setting."""
    day = int((stamps[0].astype("datetime64[D]").astype(np.int64) + 3) % 7)  # 1970-01-01: Thursday
    is_midnight = stamps[0] == stamps[0].astype("datetime64[D]")
    if seconds == 7 * _DAY_SECONDS and is_midnight:
        return f"W-{_WEEK_DAYS[day]}"
    return f"{seconds}s"
