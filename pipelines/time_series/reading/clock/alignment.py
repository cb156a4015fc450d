"""Stamps that lie beside the clock, moved onto it where a setting says so, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.table.raw_series import RawSeries
from pipelines.time_series.table_config import Alignment

__all__ = ["Moved", "align", "describe_moves"]

_PHASES = 4
"""Parts of a step at which a clock may lie: readings at half past every hour keep theirs."""
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Moved:
    """What became of the stamps of a series.

    Attributes:
        num_rows: In all.
        num_moved: Of these.
        largest_seconds: How far the one was moved that was moved farthest.
    """

    num_rows: int = 0
    num_moved: int = 0
    largest_seconds: int = 0


def align(raw: RawSeries, frequency: Frequency, alignment: Alignment) -> tuple[RawSeries, Moved]:
    """The series with all stamps on the clock.

    Two rows may then share one; they are treated as any repeated stamp.

    Args:
        raw: Sorted by time.
        frequency: As configured.
        alignment: "nearest" or "floor"; "refuse" leaves all as it is.
    """
    if alignment == "refuse" or frequency.counted_season is not None or not len(raw.stamps):
        return raw, Moved()
    clock = _clock(raw.stamps, frequency, alignment)
    seconds = raw.stamps.astype(np.int64)
    # The last moment of the clock that is not later, and the one after it: the clock begins
    # before the first stamp, and ends behind the last.
    places = np.searchsorted(clock, raw.stamps, side="right") - 1
    before = clock[places]
    after = clock[places + 1]
    is_nearer = (after.astype(np.int64) - seconds) < (seconds - before.astype(np.int64))
    stamps = np.where(is_nearer, after, before) if alignment == "nearest" else before
    shifts = np.abs(stamps.astype(np.int64) - seconds)
    moved = Moved(len(shifts), int((shifts > 0).sum()), int(shifts.max()))
    return replace(raw, stamps=stamps), moved


def describe_moves(moves: Sequence[Moved], alignment: Alignment) -> tuple[str, ...]:
    """A sentence for the report: how many stamps were moved, and how far; none if none was."""
    num_moved = sum(move.num_moved for move in moves)
    if not num_moved:
        return ()
    num_rows = sum(move.num_rows for move in moves)
    largest = pd.Timedelta(seconds=max(move.largest_seconds for move in moves))
    return (
        f"{num_moved:,} of {num_rows:,} stamps were moved onto the clock"
        f" (data.align_stamps={alignment}), by at most {largest}.",
    )


def _clock(
    stamps: NDArray[np.datetime64], frequency: Frequency, alignment: Alignment
) -> NDArray[np.datetime64]:
    """Moments of the clock from before the first stamp to behind the last."""
    margin = np.timedelta64(2 * max(_longest_step(frequency), _DAY_SECONDS), "s")
    first = (stamps[0] - margin).astype("datetime64[D]").astype("datetime64[s]")
    clock = frequency.between(first, stamps[-1] + margin)
    if alignment == "floor" or _is_calendar(frequency):
        return clock
    return clock + np.timedelta64(_phase_seconds(stamps, clock[0], frequency.step_seconds), "s")


def _phase_seconds(stamps: NDArray[np.datetime64], start: np.datetime64, step_seconds: int) -> int:
    """Where within a step the usual stamp lies, in quarters of a step: their circular mean."""
    angles = (stamps - start).astype(np.int64) % step_seconds * (2 * np.pi / step_seconds)
    mean = np.arctan2(np.sin(angles).mean(), np.cos(angles).mean()) / (2 * np.pi)
    return int(round(mean * _PHASES) % _PHASES * step_seconds // _PHASES)


def _longest_step(frequency: Frequency) -> int:
    """Of calendar steps, which are at most an eighth longer than the shortest; the next days on."""
    return frequency.step_seconds + frequency.step_seconds // 8 + 4 * _DAY_SECONDS


def _is_calendar(frequency: Frequency) -> bool:
    return frequency.alias.lstrip("0123456789").rstrip() not in {"s", "min", "h", "D"}
