"""What kind of course a window takes, whatever its level and spread: a floor's features."""

from __future__ import annotations

from typing import Any

from keras import ops

__all__ = ["course_of"]

_LEAST = 1e-6
"""Added to what a logarithm is taken of: a window that never changes has a course, too."""
_STILL = 1e-3
"""A step smaller than this share of the window's spread is none."""


def course_of(values: Any, season_steps: int) -> Any:
    """Scaled windows (batch, lookback) -> (batch, features) float32.

    The logarithm of the mean squared difference at lags 1, 2, 4 … and at the season (the variogram:
    noise, random walks and seasons differ in it, Cressie 1993, section 2.4), that of the fourth
    moment, the largest value and the share of steps without a change.
    """
    lookback = values.shape[1]
    lags = [2**power for power in range(12) if 2**power < lookback]
    lags += [lag for lag in (season_steps, 2 * season_steps) if lag < lookback]
    squares = [_mean_square(values[:, lag:] - values[:, :-lag]) for lag in lags]
    fourth = ops.mean(ops.square(ops.square(values)), axis=1, keepdims=True)
    largest = ops.max(ops.abs(values), axis=1, keepdims=True)
    is_still = ops.abs(values[:, 1:] - values[:, :-1]) < _STILL
    still = ops.mean(ops.cast(is_still, "float32"), axis=1, keepdims=True)
    logarithms = [ops.log(each + _LEAST) for each in (*squares, fourth)]
    return ops.concatenate([*logarithms, largest, still], axis=1)


def _mean_square(differences: Any) -> Any:
    return ops.mean(ops.square(differences), axis=1, keepdims=True)
