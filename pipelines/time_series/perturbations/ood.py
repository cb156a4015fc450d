"""Series from another world.

Processes without the season and memory of loads, at the level and spread of the window they
replace.

Level and spread say nothing about where a window comes from, since series of any unit are served;
so only its course can. Every function maps values (rows, lookback) float64, NaN where not observed,
to values of the same shape without gaps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["intermittent", "other_season", "random_walk", "switched_on", "white_noise"]

Values = NDArray[np.float64]

_DEMAND_SHARE = 0.02
"""Of steps with a demand: spare parts are asked for every few weeks."""


def white_noise(values: Values, generator: np.random.Generator) -> Values:
    """Independent normal values: nothing to forecast but the mean."""
    return _like(values, generator.normal(size=values.shape))


def random_walk(values: Values, generator: np.random.Generator) -> Values:
    """Sums of independent normal steps, as prices have: memory without season."""
    return _like(values, np.cumsum(generator.normal(size=values.shape), axis=1))


def other_season(values: Values, generator: np.random.Generator, *, season_steps: int) -> Values:
    """A clean wave whose season is the golden ratio times ours.

    No multiple of one is then a multiple of the other.
    """
    period = season_steps * (1.0 + np.sqrt(5.0)) / 2.0
    phases = generator.uniform(0.0, 2.0 * np.pi, size=(len(values), 1))
    return _like(values, np.sin(2.0 * np.pi * np.arange(values.shape[1]) / period + phases))


def intermittent(values: Values, generator: np.random.Generator) -> Values:
    """Nothing at most steps and now and then a demand of exponential size, as of spare parts.

    At least one, at a random step.
    """
    has_demand = generator.random(values.shape) < _DEMAND_SHARE
    has_demand[np.arange(len(values)), generator.integers(values.shape[1], size=len(values))] = True
    return _like(values, np.where(has_demand, generator.exponential(size=values.shape), 0.0))


def switched_on(values: Values, generator: np.random.Generator) -> Values:
    """One constant, then another for the latest one to three steps, as of a new meter."""
    num_steps = generator.integers(1, 4, size=(len(values), 1))
    is_on = np.arange(values.shape[1], 0, -1) <= num_steps
    return _like(values, is_on.astype(np.float64))


def _like(values: Values, course: Values) -> Values:
    """A course at the mean and standard deviation of each row of `values`."""
    centred = course - course.mean(axis=1, keepdims=True)
    spread = np.nanstd(values, axis=1, keepdims=True) / np.maximum(
        centred.std(axis=1, keepdims=True), 1e-12
    )
    return np.asarray(np.nanmean(values, axis=1, keepdims=True) + spread * centred)
