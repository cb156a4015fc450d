"""Where a moment lies in the day, the week and the year, as sines and cosines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import Cycle
from pipelines.time_series.reading.clock_changes import utc_to_local

__all__ = ["calendar_features", "calendar_names"]

_DAY_SECONDS = 86_400
_MONDAY = np.datetime64("1970-01-05", "s")


def calendar_names(cycles: Sequence[Cycle]) -> tuple[str, ...]:
    """The names of the columns of `calendar_features`."""
    return tuple(f"{cycle} {wave}" for cycle in cycles for wave in ("sin", "cos"))


def calendar_features(
    stamps: NDArray[np.datetime64], cycles: Sequence[Cycle], timezone: str | None = None
) -> NDArray[np.float32]:
    """Encode stamps.

    Args:
        stamps: (n,) datetime64[s].
        cycles: Which cycles, in order.
        timezone: The zone by whose clocks days begin, if stamps are UTC; None: by the stamps.

    Returns:
        (n, 2 × cycles) float32 in [-1, 1]: sine and cosine of each cycle; a day begins at midnight,
        a week on Monday.
    """
    if not cycles:
        return np.empty((len(stamps), 0), dtype=np.float32)
    stamps = stamps if timezone is None else utc_to_local(stamps, timezone)
    phases = np.stack(
        [_phase(stamps, cycle) for cycle in cycles], axis=-1
    )  # (n, cycles), in [0, 1)
    waves = np.stack(
        [np.sin(2.0 * np.pi * phases), np.cos(2.0 * np.pi * phases)], axis=-1
    )  # (n, cycles, 2)
    return waves.reshape(len(stamps), -1).astype(np.float32)


def _phase(stamps: NDArray[np.datetime64], cycle: Cycle) -> NDArray[np.float64]:
    if cycle == "year":
        start = stamps.astype("datetime64[Y]")
        length = (start + 1).astype("datetime64[s]") - start.astype("datetime64[s]")
        return np.asarray((stamps - start.astype("datetime64[s]")) / length)
    period = _DAY_SECONDS if cycle == "day" else 7 * _DAY_SECONDS
    return np.asarray(((stamps - _MONDAY).astype(np.int64) % period) / period)
