"""Cutting time into train, validation and test: one calendar for all series, or each from its end.

Blocks of a common calendar are the entities of a forecast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.series import Series
from shared.config.setting_text import set_option
from shared.errors import DataError

__all__ = ["LastSteps", "Partition", "Stretch", "TimeSplit", "cut_time"]

_DAY_SECONDS = 86_400
_NAMES = ("train", "val", "test")


@dataclass(frozen=True)
class TimeSplit:
    """A stretch of the common timeline.

    Targets lie in [start, stop), inputs may reach back before it.

    Attributes:
        timeline: (steps,) datetime64[s]: the moments of this split.
    """

    timeline: NDArray[np.datetime64]

    @property
    def until(self) -> str:
        """Up to where a series is known when this split has ended, in words."""
        return f"up to the end of the training split ({self.timeline[-1]})"

    def places(self, item: Series) -> tuple[int, int]:
        """The first place of a series that lies in this split, and the first after it."""
        stamps = item.stamps[: item.num_past_steps]
        first, last = np.searchsorted(stamps, [self.timeline[0], self.timeline[-1]])
        return int(first), int(last) + int(last < len(stamps) and stamps[last] == self.timeline[-1])

    def blocks(
        self, starts: NDArray[np.datetime64], horizon_steps: int, step_seconds: int
    ) -> NDArray[np.str_]:
        """The name of the block of time in which each forecast starts, (n,) str.

        The block's first moment.

        Blocks are at least as long as the horizon and a day, so that forecasts of the same hours
        and their common luck are resampled together; they are counted from the split's start, so
        that none straddles two splits.
        """
        length = max(horizon_steps, -(-_DAY_SECONDS // step_seconds))
        firsts = self.timeline[::length]
        names = np.datetime_as_string(firsts, unit="s")
        if np.all(firsts == firsts.astype("datetime64[D]")):
            names = np.datetime_as_string(firsts, unit="D")
        return np.asarray(names[np.searchsorted(self.timeline, starts) // length])


@dataclass(frozen=True)
class LastSteps:
    """A stretch of each series that is counted from its own last value.

    Attributes:
        first: Steps before the end at which it begins; None: with the series.
        rest: Steps between it and the end.
    """

    first: int | None
    rest: int

    @property
    def until(self) -> str:
        """As of `TimeSplit`."""
        return f"before its last {self.rest} steps"

    def places(self, item: Series) -> tuple[int, int]:
        """As of `TimeSplit`."""
        end = item.num_past_steps
        first = 0 if self.first is None else max(0, end - self.first)
        return first, max(first, end - self.rest)


Stretch = TimeSplit | LastSteps
"""Where the targets of a split lie in each series."""


@dataclass(frozen=True)
class Partition:
    """The splits in order of time, and how many steps after them stay unused."""

    splits: Mapping[str, Stretch]
    num_unused_steps: int


def cut_time(series: Sequence[Series], config: TimeSeriesDataConfig, where: str) -> Partition:
    """Cut the timeline of all series together by fixed counts (`split_steps`) or by shares.

    With `data.split=last_steps` each series is cut by itself: its last horizon is tested, the one
    before it validates, as in the M competitions (Makridakis et al. 2020, section 2.1).

    Raises:
        DataError: A split is too short for one window, or the counts ask for more than there is.
    """
    if config.split == "last_steps":
        return _cut_last_steps(series, config, where)
    timeline = np.unique(np.concatenate([item.stamps[: item.num_past_steps] for item in series]))
    counts = config.split_steps or _counts_by_share(len(timeline), config)
    if sum(counts) > len(timeline):
        raise DataError(
            f"{where}: data.split_steps asks for {sum(counts)} time steps, but there are"
            f" {len(timeline)}."
        )
    _check_lengths(counts, config, where)
    *splits, unused = np.split(timeline, np.cumsum(counts))
    return Partition(
        {name: TimeSplit(split) for name, split in zip(_NAMES, splits, strict=True)}, len(unused)
    )


def _cut_last_steps(
    series: Sequence[Series], config: TimeSeriesDataConfig, where: str
) -> Partition:
    horizon = config.horizon_steps
    need = config.lookback + 3 * horizon
    longest = max((item.num_past_steps for item in series), default=0)
    if longest < need:
        shorter = set_option("data.lookback_steps", max(4, longest - 3 * horizon))
        raise DataError(
            f"{where}: too short. The longest series has {longest} steps, but to train, validate"
            f" and test takes {need} (data.lookback_steps={config.lookback} + 3 ·"
            f" data.horizon_steps={horizon}). Give longer series, or a shorter window, such as"
            f" {shorter}"
        )
    splits = {
        "train": LastSteps(None, 2 * horizon),
        "val": LastSteps(2 * horizon, horizon),
        "test": LastSteps(horizon, 0),
    }
    return Partition(splits, 0)


def _counts_by_share(num_steps: int, config: TimeSeriesDataConfig) -> tuple[int, int, int]:
    num_test = round(num_steps * config.test_share)
    num_val = round(num_steps * config.validation_share)
    return num_steps - num_val - num_test, num_val, num_test


def _check_lengths(counts: tuple[int, int, int], config: TimeSeriesDataConfig, where: str) -> None:
    needs = (
        config.lookback + config.horizon_steps,
        config.horizon_steps,
        config.horizon_steps,
    )
    for name, count, need in zip(_NAMES, counts, needs, strict=True):
        if count < need:
            raise DataError(
                f"{where}: too short. The split {name!r} has {count} time steps, but one window"
                f" needs {need} (data.lookback_steps={config.lookback},"
                f" data.horizon_steps={config.horizon_steps}; validation and test may look back"
                " into the split before). Give longer series, or shorten the window or the horizon."
            )
