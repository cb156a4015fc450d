"""What goes wrong with clocks: values that stand at another time than they were measured.

Every function maps values (rows, lookback) float64, oldest step first, to values of the same shape;
what a moved clock leaves without a reading is NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["change_clocks", "run_fast"]

Values = NDArray[np.float64]


def change_clocks(
    values: Values, share_before: float, generator: np.random.Generator, *, hour_steps: int
) -> Values:
    """Reads stamps of local clocks as if they had never been changed.

    What is older than the change lies one hour off.

    By chance the clocks were set forward, so that an hour is missing at the change, or back, so
    that one is there twice.

    Args:
        values: (rows, lookback).
        share_before: Share of the window before the change, in (0, 1): the larger, the more of it
            disagrees with the latest readings.
        generator: Chooses between forward and back for each row.
        hour_steps: Steps of an hour.
    """
    lookback = values.shape[1]
    moment = min(max(1, round(share_before * lookback)), lookback - 1)
    steps = np.arange(lookback)
    later, earlier = (
        np.where(steps < moment, steps + by, steps) for by in (-hour_steps, hour_steps)
    )
    is_forward = generator.random((len(values), 1)) < 0.5
    return np.where(is_forward, _taken(values, later), _taken(values, earlier))


def run_fast(values: Values, num_steps: float, generator: np.random.Generator) -> Values:
    """Lets the meter's clock run ahead.

    Every reading is stamped `num_steps` too late, and the latest lie in the future, out of sight.
    """
    return _taken(
        values, np.arange(values.shape[1]) - min(max(1, round(num_steps)), values.shape[1] - 1)
    )


def _taken(values: Values, places: NDArray[np.int64]) -> Values:
    """Each step's value from another place of the window; NaN from outside of it."""
    inside = (places >= 0) & (places < values.shape[1])
    return np.where(inside, values[:, np.where(inside, places, 0)], np.nan)
