"""Changes of a row too small for anybody to care: what must not change its explanation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from shared.targets.observed import observed_mean

__all__ = ["with_tiny_noise"]

_GREY_LEVELS = 2
_SHARE = 0.01
"""Of a number's own size, or of the spread of its column if that is less."""


def with_tiny_noise(row: Rows, *, seed: int) -> Rows | None:
    """One decoded row with noise; None if nothing in it can change a little, as in a text.

    Whole numbers of eight bits (pixels) move by up to two levels, other numbers by about 1 % of
    their size, or of the standard deviation of their column where that is less. Texts stay.

    Args:
        row: Leading axis of length 1.
        seed: Of the noise.
    """
    generator = np.random.default_rng([seed, _GREY_LEVELS])
    noisy = {name: _noisy(values, generator) for name, values in row.items()}
    is_same = all(noisy[name] is values for name, values in row.items())
    return None if is_same else noisy


def _noisy(values: NDArray[Any], generator: np.random.Generator) -> NDArray[Any]:
    if values.dtype == np.uint8:
        moved = values + generator.integers(-_GREY_LEVELS, _GREY_LEVELS + 1, values.shape)
        return np.asarray(np.clip(moved, 0, 255), dtype=np.uint8)
    if values.dtype.kind != "f":
        return values
    size = _SHARE * np.minimum(np.abs(values), _spread(values))
    return np.asarray(values + size * generator.standard_normal(values.shape), dtype=values.dtype)


def _spread(values: NDArray[Any]) -> NDArray[np.float64]:
    """Standard deviation over the second axis of what was observed; 0 where nothing was."""
    numbers = np.atleast_2d(values.astype(np.float64))
    observed = np.isfinite(numbers)
    mean = observed_mean(numbers, observed, axes=(1,))
    squared = (numbers - np.expand_dims(mean, 1)) ** 2
    variance = observed_mean(squared, observed, axes=(1,))
    return np.nan_to_num(np.sqrt(np.expand_dims(variance, 1)))
