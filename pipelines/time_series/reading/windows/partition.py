"""Cutting time into train, validation and test, and each split into blocks.

The entities of a forecast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.series import Series
from shared.errors import DataError

__all__ = ["Partition", "TimeSplit", "cut_time"]

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

    def places(self, stamps: NDArray[np.datetime64]) -> tuple[int, int]:
        """The first place in a series' stamps that lies in this split, and the first after it."""
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
class Partition:
    """The splits in order of time, and how many steps after them stay unused."""

    splits: Mapping[str, TimeSplit]
    num_unused_steps: int


def cut_time(series: Sequence[Series], config: TimeSeriesDataConfig, where: str) -> Partition:
    """Cut the timeline of all series together by fixed counts (`split_steps`) or by shares.

    Raises:
        DataError: A split is too short for one window, or the counts ask for more than there is.
    """
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
