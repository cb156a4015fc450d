"""The clock of a set of series: how far apart its steps are, and how many make a season."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from shared.errors import DataError

__all__ = ["Frequency", "find_frequency"]

_DAY_SECONDS = 86_400
_CALENDAR_SEASONS = {
    pd.offsets.BusinessDay: 5,
    pd.offsets.MonthBegin: 12,
    pd.offsets.MonthEnd: 12,
    pd.offsets.QuarterBegin: 4,
    pd.offsets.QuarterEnd: 4,
    pd.offsets.YearBegin: 1,
    pd.offsets.YearEnd: 1,
}
_FIXED_SEASONS = {_DAY_SECONDS: 7, 7 * _DAY_SECONDS: 52}


@dataclass(frozen=True)
class Frequency:
    """A regular clock.

    Attributes:
        alias: Pandas frequency alias, for example "3600s" or "MS".
        step_seconds: Length of a step; of the shortest one for calendar steps such as months.
    """

    alias: str
    step_seconds: int

    def stamps(self, first: np.datetime64, count: int) -> NDArray[np.datetime64]:
        """`count` stamps (count,) datetime64[s], beginning with `first`, which must lie on the clock."""
        return pd.date_range(pd.Timestamp(first), periods=count, freq=self.alias).to_numpy().astype("datetime64[s]")

    def season_steps(self, configured: int | None, lookback_steps: int) -> int:
        """Steps of the main season: the configured one, else a day for shorter steps, a week for days, a year for longer ones.

        Raises:
            DataError: No season follows from the frequency, or it does not fit into the window.
        """
        steps = configured if configured is not None else self._usual_season()
        if steps is None:
            raise DataError(f"No usual season is known for steps of {self.alias}. Give one with --set data.season_steps=….")
        if steps > lookback_steps:
            raise DataError(
                f"A season of {steps} steps (from the frequency {self.alias}) is longer than data.lookback_steps={lookback_steps}. "
                "Lengthen the window, or name a shorter season with --set data.season_steps=…."
            )
        return steps

    def _usual_season(self) -> int | None:
        for kind, steps in _CALENDAR_SEASONS.items():
            if isinstance(to_offset(self.alias), kind):
                return steps
        if self.step_seconds < _DAY_SECONDS and _DAY_SECONDS % self.step_seconds == 0:
            return _DAY_SECONDS // self.step_seconds
        return _FIXED_SEASONS.get(self.step_seconds)


def find_frequency(clocks: Sequence[NDArray[np.datetime64]], configured: str, where: str) -> Frequency:
    """The step that most series keep.

    Args:
        clocks: The stamps of each series, (steps,) datetime64[s].
        configured: A pandas alias, or "auto".
        where: The file, for messages.

    Raises:
        DataError: "auto", and no series has two stamps.
    """
    if configured == "auto":
        aliases = Counter(_infer(np.unique(clock)) for clock in clocks if len(np.unique(clock)) > 1)
        if not aliases:
            raise DataError(f"{where}: no series has two time stamps, so the step between them is unknown. Give longer series.")
        configured = aliases.most_common(1)[0][0]
    return Frequency(alias=configured, step_seconds=_shortest_step_seconds(configured))


def _infer(stamps: NDArray[np.datetime64]) -> str:
    steps, counts = np.unique(np.diff(stamps).astype(np.int64), return_counts=True)
    if len(steps) > 1 and len(stamps) >= 3:
        with pd.option_context("future.infer_freq_returns_offset", True):
            offset: Any = pd.infer_freq(pd.DatetimeIndex(stamps))  # months, quarters, business days
        if offset is not None:
            return str(offset.freqstr)
    return f"{steps[counts.argmax()]}s"


def _shortest_step_seconds(alias: str) -> int:
    stamps = pd.date_range("2019-01-01", periods=61, freq=alias).to_numpy().astype("datetime64[s]")
    return int(np.diff(stamps).astype(np.int64).min())
