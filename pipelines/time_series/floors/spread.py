"""Forecasts that need no network, and the spread of their errors over the training split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from pipelines.time_series.models.gap_filling import fill_gaps, last_observed
from shared.contract import Examples

__all__ = ["FLOORS", "FloorSpread", "fit_spread", "point_forecasts", "spread_of"]

FLOORS = ("ridge", "seasonal_naive", "last_value")

_MOST_WINDOWS = 8192
"""Windows that the spread is measured on; it has two numbers, which need no more."""
_CHUNK_ROWS = 1024
_LEAST_SPREAD = 1e-4
"""In standard deviations of a window: a forecast that was never wrong has a spread still, which
calibration can widen."""


def point_forecasts(values: Any, ridge: Any, season_steps: int) -> dict[str, Any]:
    """Forecasts by floor, (batch, horizon) each, scaled.

    Args:
        values: (batch, lookback): the scaled window, gaps filled.
        ridge: (batch, horizon): the linear forecast, scaled.
        season_steps: Of the main season, at most the lookback.
    """
    horizon = ridge.shape[1]
    repeats = -(-horizon // season_steps)
    return {
        "ridge": ridge,
        "seasonal_naive": ops.tile(values[:, -season_steps:], (1, repeats))[:, :horizon],
        "last_value": ops.repeat(values[:, -1:], horizon, axis=1),
    }


def fit_spread(
    train: Examples, scale_window: Any, weights: NDArray[np.float32], season_steps: int
) -> NDArray[np.float32]:
    """How large the errors of each floor are, and how they grow with the steps ahead.

    The root mean square error h steps ahead is taken for a · h^b: b is 0 for forecasts that know
    the season, 1/2 for the last value of a random walk. Calibration sets each step's width exactly.

    Args:
        train: The training split.
        scale_window: Filled windows (rows, lookback, 1) -> `values`, `location` and `scale`.
        weights: (lookback + 1, horizon) of the ridge.
        season_steps: Of the main season.

    Returns:
        (2 · floors,) float32: a and b of each, in the order of `FLOORS`; a in standard deviations
        of the window.
    """
    chosen = np.unique(np.linspace(0, len(train) - 1, _MOST_WINDOWS).astype(np.int64))
    squares = np.zeros((len(FLOORS), weights.shape[1]))
    counts = np.zeros(weights.shape[1])
    for start in range(0, len(chosen), _CHUNK_ROWS):
        indices = chosen[start : start + _CHUNK_ROWS]
        errors = _errors(train, indices, scale_window, weights, season_steps)
        squares += np.nansum(errors**2, axis=1)
        counts += np.isfinite(errors[0]).sum(axis=0)
    root_means = np.sqrt(squares / np.maximum(counts, 1.0))
    growths = [_growth(np.maximum(each, _LEAST_SPREAD), counts > 0) for each in root_means]
    return np.array(growths, dtype=np.float32).reshape(-1)


def spread_of(numbers: Any, place: int, horizon: int) -> Any:
    """`fit_spread`'s numbers (batch, 2 · floors) -> the spread of one floor (batch, horizon)."""
    steps = np.arange(1, horizon + 1, dtype=np.float32)[None]
    return numbers[:, 2 * place : 2 * place + 1] * ops.power(
        steps, numbers[:, 2 * place + 1 : 2 * place + 2]
    )


@keras.saving.register_keras_serializable(package="plumbline")
class FloorSpread(keras.layers.Layer):
    """Gives each row the same fitted numbers, so that a baseline needs no weights of its own.

    Args:
        numbers: (any,).
    """

    def __init__(self, numbers: Sequence[float] | NDArray[np.float32], **options: Any) -> None:
        super().__init__(**options)
        self.numbers = [float(number) for number in numbers]

    def call(self, values: Any) -> Any:
        """(batch, any) -> (batch, numbers) float32."""
        row = ops.convert_to_tensor([self.numbers], dtype="float32")
        return ops.repeat(row, ops.shape(values)[0], axis=0)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch, any) -> (batch, numbers)."""
        return (input_shape[0], len(self.numbers))

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "numbers": self.numbers}


def _errors(
    train: Examples,
    indices: NDArray[np.int64],
    scale_window: Any,
    weights: NDArray[np.float32],
    season_steps: int,
) -> NDArray[np.float64]:
    """(floors, rows, horizon), scaled; NaN where nothing was observed."""
    window = train.rows(indices)["window"][:, :, :1]
    scaled: Mapping[str, Any] = scale_window(fill_gaps(window, season_steps, (np.nan,)))
    values = np.asarray(scaled["values"])
    last = np.asarray(last_observed(values, np.isnan(window[:, :, 0])))
    ridge = values @ weights[:-1] + last @ weights[-1:]
    forecasts = point_forecasts(values, ridge, season_steps)
    targets = (train.targets[indices, :, 0] - scaled["location"]) / scaled["scale"]
    return np.stack([np.asarray(forecasts[name]) - targets for name in FLOORS])


def _growth(root_means: NDArray[np.float64], observed: NDArray[np.bool_]) -> tuple[float, float]:
    """The a and b of a · h^b, by least squares of logarithms; b within [0, 1]."""
    steps = np.log(np.flatnonzero(observed) + 1.0)
    sizes = np.log(root_means[observed])
    if len(steps) == 0:
        return 1.0, 0.0
    spread = float(steps.var())
    slope = float(((steps - steps.mean()) * sizes).mean()) / spread if spread > 0.0 else 0.0
    slope = min(max(slope, 0.0), 1.0)
    return float(np.exp(sizes.mean() - slope * steps.mean())), slope
