"""The clock of a set of series: how far apart its steps are, and how many make a season."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from pipelines.time_series.reading.clock.inferred_step import infer_alias
from shared.config.setting_text import set_option
from shared.errors import DataError

__all__ = ["Frequency", "find_frequency", "in_largest_unit", "why_not_a_frequency"]

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
_TRIED_STEPS = 61
_USUAL_STEPS = (*(60, 300, 600, 900, 1800), *(3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400))
"""Of meters and sensors, in seconds."""
_JITTER_SHARE = 0.35
"""Of a step, by which the distance of two stamps may miss whole steps."""
_MOSTLY = 0.9
_SHORTEST_MONTHS = 26
_LONGEST_MONTHS = 33
"""In days, from somewhere in one month to somewhere in the next."""


@dataclass(frozen=True)
class Frequency:
    """A regular clock.

    Attributes:
        alias: Pandas frequency alias, for example "3600s" or "MS".
        step_seconds: Length of a step; of the shortest one for calendar steps such as months.
        counted_season: Steps of the season of stamps that count steps; None: stamps are moments.
    """

    alias: str
    step_seconds: int
    counted_season: int | None = None

    @property
    def shown(self) -> str:
        """The step in words."""
        return (
            f"steps of {self.step_seconds // _DAY_SECONDS}" if self.counted_season else self.alias
        )

    @classmethod
    def named(cls, alias: str) -> Frequency:
        """Of a pandas alias; with its shortest step."""
        return cls(alias=alias, step_seconds=_shortest_step_seconds(alias))

    def stamps(self, first: np.datetime64, count: int) -> NDArray[np.datetime64]:
        """Stamps (count,) datetime64[s], beginning with `first`, which must lie on the clock."""
        return (
            pd.date_range(pd.Timestamp(first), periods=count, freq=self.alias)
            .to_numpy()
            .astype("datetime64[s]")
        )

    def until(self, last: np.datetime64, count: int) -> NDArray[np.datetime64]:
        """Stamps (count,) datetime64[s], ending with `last`, which must lie on the clock."""
        return (
            pd.date_range(end=pd.Timestamp(last), periods=count, freq=self.alias)
            .to_numpy()
            .astype("datetime64[s]")
        )

    def between(self, first: np.datetime64, last: np.datetime64) -> NDArray[np.datetime64]:
        """All stamps from `first` to at most `last`, (steps,) datetime64[s], read-only."""
        return _moments(self.alias, first, last)

    def num_between(self, first: np.datetime64, last: np.datetime64) -> int:
        """An upper bound of how many stamps that would be."""
        return int((last - first) / np.timedelta64(self.step_seconds, "s")) + 1

    def season_steps(self, configured: int | None, lookback_steps: int) -> int:
        """Steps of the main season.

        The configured one, else a day for shorter steps, a week for days, a year for longer ones.

        Raises:
            DataError: No season follows from the frequency, or it does not fit into the window.
        """
        steps = configured if configured is not None else self.usual_season()
        if steps is None:
            raise DataError(
                f"No usual season is known for steps of {self.alias}. Give one, such as"
                f" {set_option('data.season_steps', min(12, lookback_steps))}"
            )
        if steps > lookback_steps:
            raise DataError(
                f"A season of {steps} steps (from the frequency {self.alias}) is longer than"
                f" data.lookback_steps={lookback_steps}. Lengthen the window, or name a shorter"
                f" season, such as {set_option('data.season_steps', max(1, lookback_steps // 2))}"
            )
        return steps

    def usual_season(self) -> int | None:
        """Steps of the main season, where the frequency tells it."""
        if self.counted_season is not None:
            return self.counted_season
        for kind, steps in _CALENDAR_SEASONS.items():
            if isinstance(to_offset(self.alias), kind):
                return steps
        if self.step_seconds < _DAY_SECONDS and _DAY_SECONDS % self.step_seconds == 0:
            return _DAY_SECONDS // self.step_seconds
        return _FIXED_SEASONS.get(self.step_seconds)


def find_frequency(
    clocks: Sequence[NDArray[np.datetime64]], configured: str, where: str
) -> Frequency:
    """The step that most series keep.

    Missing stamps do not hide it: the usual step is taken if (nearly) all others are whole
    multiples of it, or months, quarters or business days that explain more of the stamps.

    Args:
        clocks: The stamps of each series, (steps,) datetime64[s].
        configured: A pandas alias, or "auto".
        where: The file, for messages.

    Raises:
        DataError: "auto", and no series has two stamps, or it can't be told which step is meant.
    """
    if configured == "auto":
        configured = _most_common(
            [clock for clock in map(np.unique, clocks) if len(clock) > 1], where
        )
    return Frequency.named(configured)


def _most_common(clocks: Sequence[NDArray[np.datetime64]], where: str) -> str:
    if not clocks:
        raise DataError(
            f"{where}: no series has two time stamps, so the step between them is unknown. Give"
            " longer series."
        )
    found = [infer_alias(clock) for clock in clocks]
    ranked = Counter(alias for alias in found if alias is not None).most_common(2)
    if not ranked:
        advice, settings = _advise_step(clocks[0])
        raise DataError(
            f"{where}: {_describe_steps(clocks[0])}, so the frequency can't be told. {advice}",
            settings=settings,
        )
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        named = set_option("data.frequency", in_largest_unit(ranked[0][0]))
        raise DataError(
            f"{where}: as many series have steps of {ranked[0][0]} as of {ranked[1][0]}"
            f" ({ranked[0][1]} each), so the frequency can't be told. Name it with {named} or give"
            " them in two files."
        )
    return ranked[0][0]


def _advise_step(stamps: NDArray[np.datetime64]) -> tuple[str, dict[str, str]]:
    """What to do about stamps without a step, as a sentence and as settings."""
    steps = np.diff(stamps).astype(np.int64)
    if _one_in_each_month(stamps, steps):
        settings = {"data.frequency": "MS", "data.align_stamps": "floor"}
        start = "There is one stamp in each month. To read it as the month's first day"
        return f"{start}: {_options(settings)}", settings
    usual = min(_USUAL_STEPS, key=lambda step: abs(np.log(np.median(steps) / step)))
    num_steps = np.round(steps / usual)
    is_near = (num_steps >= 1) & (np.abs(steps - num_steps * usual) <= _JITTER_SHARE * usual)
    if is_near.mean() >= _MOSTLY:
        alias = in_largest_unit(f"{usual}s")
        settings = {"data.frequency": alias, "data.align_stamps": "nearest"}
        start = f"They seem to jitter about steps of {alias}. To have each moved to the nearest one"
        return f"{start}, counted in the report: {_options(settings)}", settings
    sizes, counts = np.unique(steps, return_counts=True)
    named = {"data.frequency": in_largest_unit(f"{sizes[counts.argmax()]}s")}
    return f"Name it, such as {_options(named)}", {}


def _options(settings: Mapping[str, str]) -> str:
    return " ".join(set_option(name, value) for name, value in settings.items())


def _one_in_each_month(stamps: NDArray[np.datetime64], steps: NDArray[np.int64]) -> bool:
    months = stamps.astype("datetime64[M]")
    is_monthly = (steps >= _SHORTEST_MONTHS * _DAY_SECONDS) & (
        steps <= _LONGEST_MONTHS * _DAY_SECONDS
    )
    return len(np.unique(months)) == len(months) and bool(is_monthly.mean() >= _MOSTLY)


def in_largest_unit(alias: str) -> str:
    """`h` for 3600s; what is not in seconds stays as it is."""
    if not alias.removesuffix("s").isdigit():
        return alias
    seconds = int(alias.removesuffix("s"))
    for unit, length in (("D", _DAY_SECONDS), ("h", 3600), ("min", 60)):
        if seconds % length == 0:
            return unit if seconds == length else f"{seconds // length}{unit}"
    return f"{seconds}s"


def why_not_a_frequency(alias: str) -> str | None:
    """Why a text is no step between stamps; None if it is one. It is tried."""
    try:
        with warnings.catch_warnings(action="error"):  # names that pandas is about to forget
            stamps = pd.date_range("2019-01-01", periods=_TRIED_STEPS, freq=alias)
    except (ValueError, TypeError, ArithmeticError, Warning) as error:
        return f"not a pandas frequency such as h, 15min, D, W-MON, MS ({error})"
    steps = np.diff(stamps.to_numpy().astype("datetime64[ns]")).astype(np.int64)
    if len(stamps) < _TRIED_STEPS or (steps <= 0).any():
        return "not a step forward in time, such as h, 15min, D, W-MON, MS"
    if (steps % 1_000_000_000).any():
        return "finer than a second, and clocks here count whole seconds"
    return None


def _describe_steps(stamps: NDArray[np.datetime64]) -> str:
    steps, counts = np.unique(np.diff(stamps).astype(np.int64), return_counts=True)
    first, second = np.argsort(-counts, kind="stable")[:2]
    shares = counts / counts.sum()
    return (
        f"stamps are {steps[first]} s apart ({shares[first]:.0%}) and {steps[second]} s apart"
        f" ({shares[second]:.0%}), among others"
    )


@lru_cache(maxsize=16)
def _moments(alias: str, first: np.datetime64, last: np.datetime64) -> NDArray[np.datetime64]:
    """One array for all series of a clock, which none of them may change."""
    found = pd.date_range(pd.Timestamp(first), pd.Timestamp(last), freq=alias)
    moments = found.to_numpy().astype("datetime64[s]")
    moments.setflags(write=False)
    return moments


def _shortest_step_seconds(alias: str) -> int:
    stamps = (
        pd.date_range("2019-01-01", periods=_TRIED_STEPS, freq=alias)
        .to_numpy()
        .astype("datetime64[s]")
    )
    return int(np.diff(stamps).astype(np.int64).min())
