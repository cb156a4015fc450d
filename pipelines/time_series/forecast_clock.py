"""What the clock shows at each step of a row, read back from its calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import Cycle

__all__ = ["ForecastClock", "read_clock"]

_DAY_MINUTES = 1440
_WEEK_DAYS = 7
_READABLE: tuple[Cycle, ...] = ("week", "day")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class ForecastClock:
    """A clock that runs evenly, forwards and backwards from the first step ahead.

    Where clocks were changed in the window, what lies before is named an hour wrongly.

    Attributes:
        first_minute: Of the first step ahead, in its week from Monday or in its day.
        step_minutes: Between steps.
        knows_days: Whether weekdays are known.
    """

    first_minute: int
    step_minutes: int
    knows_days: bool

    def moment(self, step: int) -> str:
        """A step's name, 0 = the first ahead: "Mon 18:00", "Mon" where steps are days, "18:00"."""
        minute = self.first_minute + step * self.step_minutes
        day = _DAYS[minute // _DAY_MINUTES % _WEEK_DAYS] if self.knows_days else ""
        hours, minutes = divmod(minute % _DAY_MINUTES, 60)
        is_daily = self.step_minutes % _DAY_MINUTES == 0
        return " ".join(filter(None, [day, "" if is_daily else f"{hours:02d}:{minutes:02d}"]))

    def stretch(self, first: int, last: int) -> str:
        """Names of a stretch of steps: "Mon 18:00 to 23:00", "Mon" for a whole day."""
        start = self.moment(first)
        stop = self.moment(last)
        day, _, since = start.rpartition(" ")
        same_day, _, until = stop.rpartition(" ")
        length = (last - first + 1) * self.step_minutes
        if length == _DAY_MINUTES and since == "00:00" and day:
            return day
        if start == stop:
            return start
        is_same = length <= _DAY_MINUTES and day == same_day
        return f"{start} to {until if is_same else stop}"


def read_clock(calendar: NDArray[np.floating], cycles: Sequence[Cycle]) -> ForecastClock | None:
    """The clock of a forecast; None where its calendar has neither days nor weeks.

    Args:
        calendar: (steps, 2 × cycles), as `calendar_features` gives it.
        cycles: Which, in order.
    """
    cycle = next((one for one in _READABLE if one in cycles), None)
    if cycle is None or len(calendar) < 2 or not np.isfinite(calendar).all():
        return None
    place = 2 * list(cycles).index(cycle)
    period = _DAY_MINUTES * (_WEEK_DAYS if cycle == "week" else 1)
    turns = np.arctan2(calendar[:2, place], calendar[:2, place + 1]) / (2.0 * np.pi)
    first, second = (round(float(turn) * period) % period for turn in turns)
    step = (second - first) % period
    return ForecastClock(first, step, cycle == "week") if step else None
