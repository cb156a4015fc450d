"""Numbers that may stand for a missing value, such as -999."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.reading.series import Series

__all__ = ["describe_repeated_extremes"]

_FEWEST_TIMES = 3
_FEWEST_OTHERS = 10
"""Other values, all different: fewer are a switch, whose positions lie apart."""
_MOST_NAMED = 3


def describe_repeated_extremes(series: Sequence[Series]) -> tuple[str, ...]:
    """A sentence that names series with a value that repeats, farther out than all others span.

    It stays a value: only who knows the meter can tell.
    """
    found = [(item.name, *extreme) for item in series for extreme in _extremes(item.values)]
    if not found:
        return ()
    shown = [
        f"{value:g} in {times} steps of {name!r} (the others: {low:g} to {high:g})"
        for name, value, times, low, high in found[:_MOST_NAMED]
    ]
    more = f", and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return (
        f"Far from all other values one repeats: {'; '.join(shown)}{more}. If it stands for a"
        " missing value, leave those cells empty: here it counts as observed.",
    )


def _extremes(values: NDArray[np.floating]) -> list[tuple[float, int, float, float]]:
    """Value, how often, and the least and largest of the others; a zero may be a closed day."""
    distinct, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    if len(distinct) <= _FEWEST_OTHERS:
        return []
    found = []
    for place, others in ((0, distinct[1:]), (-1, distinct[:-1])):
        low = float(others[0])
        high = float(others[-1])
        value = float(distinct[place])
        times = int(counts[place])
        distance = max(low - value, value - high)
        if times >= _FEWEST_TIMES and value != 0 and distance > high - low:
            found.append((value, times, low, high))
    return found
