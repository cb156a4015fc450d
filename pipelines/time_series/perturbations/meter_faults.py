"""What goes wrong with meters: changes of the values of a window, each with one strength.

Every function maps values (rows, lookback) float64, oldest step first, NaN where not observed, to
values of the same shape. Strengths are in standard deviations of the window, in factors, in shares
of the readings or in steps, as their names say, so that they mean the same for series of any unit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "add_noise",
    "add_spikes",
    "change_gain",
    "drift",
    "freeze_latest",
    "lose_latest",
    "lose_scattered",
    "misread_unit",
    "shift_level",
]

Values = NDArray[np.float64]

_SPIKE_SDS = 6.0
"""Far outside of what a window holds, yet within what a plausibility check of a meter lets pass."""

_UNIT_FACTOR = 1000.0
"""From kilo to the unit itself, the commonest mistake of units."""


def add_noise(values: Values, noise_sds: float, generator: np.random.Generator) -> Values:
    """Adds independent normal noise to each reading."""
    return np.asarray(values + noise_sds * _spread(values) * generator.normal(size=values.shape))


def drift(values: Values, final_sds: float, generator: np.random.Generator) -> Values:
    """Lets a sensor wander off steadily, up or down, to `final_sds` at the latest reading."""
    signs = generator.choice([-1.0, 1.0], size=(len(values), 1))
    return np.asarray(
        values + signs * final_sds * _spread(values) * np.linspace(0.0, 1.0, values.shape[1])
    )


def shift_level(values: Values, shift_sds: float, generator: np.random.Generator) -> Values:
    """Raises all readings before a random moment, as if the meter had been exchanged then.

    The latest quarter stays.
    """
    return np.asarray(values + _is_before_moment(values, generator) * shift_sds * _spread(values))


def change_gain(values: Values, factor: float, generator: np.random.Generator) -> Values:
    """Multiplies all readings before a random moment; the latest quarter stays."""
    return np.asarray(np.where(_is_before_moment(values, generator), values * factor, values))


def add_spikes(values: Values, share: float, generator: np.random.Generator) -> Values:
    """Turns a share of the readings into spikes of six standard deviations up or down."""
    is_spike = generator.random(values.shape) < share
    signs = generator.choice([-1.0, 1.0], size=values.shape)
    return np.asarray(values + is_spike * signs * _SPIKE_SDS * _spread(values))


def lose_latest(values: Values, num_steps: float, generator: np.random.Generator) -> Values:
    """Loses the latest readings: they count as not observed. One reading always stays."""
    return _with_latest(values, num_steps, np.full((len(values), 1), np.nan))


def lose_scattered(values: Values, share: float, generator: np.random.Generator) -> Values:
    """Loses a share of the readings here and there, as a bad radio link does.

    The oldest reading always stays.
    """
    is_lost = generator.random(values.shape) < share
    is_lost[:, 0] = False
    return np.where(is_lost, np.nan, values)


def freeze_latest(values: Values, num_steps: float, generator: np.random.Generator) -> Values:
    """Repeats the last reading before the latest steps throughout them.

    The sensor is stuck, and nothing says so.
    """
    kept = values[:, : values.shape[1] - _num_latest(values, num_steps)]
    # The place of the last reading that was observed; where there is none, the gap goes on.
    places = np.maximum.accumulate(
        np.where(np.isfinite(kept), np.arange(kept.shape[1]), 0), axis=1
    )[:, -1:]
    return _with_latest(values, num_steps, np.take_along_axis(kept, places, axis=1))


def misread_unit(values: Values, num_steps: float, generator: np.random.Generator) -> Values:
    """Gives the latest readings 1000 times too large, as if watts were sent as kilowatts."""
    latest = _num_latest(values, num_steps)
    return _with_latest(values, num_steps, _UNIT_FACTOR * values[:, values.shape[1] - latest :])


def _with_latest(values: Values, num_steps: float, latest: Values) -> Values:
    changed = values.copy()
    changed[:, values.shape[1] - _num_latest(values, num_steps) :] = latest
    return changed


def _num_latest(values: Values, num_steps: float) -> int:
    return int(min(max(1, round(num_steps)), values.shape[1] - 1))


def _spread(values: Values) -> Values:
    return np.asarray(np.nanstd(values, axis=1, keepdims=True))


def _is_before_moment(values: Values, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Steps before a moment in the older three quarters of the window, (rows, lookback)."""
    num_rows, lookback = values.shape
    moments = generator.integers(1, max(2, 3 * lookback // 4), size=(num_rows, 1))
    return np.arange(lookback)[None, :] < moments
