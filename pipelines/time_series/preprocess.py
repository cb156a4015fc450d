"""Row -> tensors, with everything that is fitted on the training part: the ridge and the scales of the covariates."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from pipelines.time_series.calendar_features import calendar_names
from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.ridge import fit_ridge
from shared.contract import Examples
from shared.errors import ContractError

__all__ = ["WindowScaling", "build_decode", "build_preprocess"]

_SCALE_FLOOR_SHARE = 0.01
_CHUNK_ROWS = 2048


def build_decode(config: TimeSeriesConfig) -> keras.Model:
    """The identity: a window of numbers is its own wire format."""
    inputs = _row_inputs(config)
    return keras.Model(inputs, {name: keras.layers.Identity()(tensor) for name, tensor in inputs.items()}, name="decode")


def build_preprocess(config: TimeSeriesConfig, train: Examples) -> keras.Model:
    """Build the preprocessing and fit it on the training part.

    Returns:
        A model from a row to these float32 tensors; "scaled" is (value − location) / scale of that window:
        `history` (batch, lookback, 1 + covariates): scaled values, standardised covariates;
        `ahead` (batch, horizon, covariates + calendar): standardised covariates, calendar as it is;
        `ridge` (batch, horizon): the linear forecast, scaled;
        `location`, `scale` (batch, 1): mean and standard deviation of the window, original units.
    """
    ridge = fit_ridge(train, config.model.ridge_folds)
    mean, variance = _covariate_moments(config, train)
    inputs = _row_inputs(config)
    window, future = inputs["window"], inputs["future"]
    scaled = WindowScaling(_SCALE_FLOOR_SHARE * _smallest_scale(train), name="window_scaling")(window)
    linear = keras.layers.Dense(config.data.horizon_steps, use_bias=False, kernel_initializer="zeros", trainable=False, name="ridge")
    forecast = linear(scaled["values"])
    linear.set_weights([ridge.weights])
    past_known, ahead_known = window[:, :, 1:], future
    if config.data.covariates:
        past_known = keras.layers.Normalization(mean=mean, variance=variance, name="past_covariates")(past_known)
    num_calendar = future.shape[-1] - len(mean)
    ahead_known = keras.layers.Normalization(
        mean=np.append(mean, np.zeros(num_calendar)), variance=np.append(variance, np.ones(num_calendar)), name="future_covariates"
    )(ahead_known)
    history = keras.layers.Concatenate(name="history")([ops.expand_dims(scaled["values"], -1), past_known])
    outputs = {"history": history, "ahead": ahead_known, "ridge": forecast, "location": scaled["location"], "scale": scaled["scale"]}
    return keras.Model(inputs, outputs, name="preprocess")


@keras.saving.register_keras_serializable(package="plumbline")
class WindowScaling(keras.layers.Layer):
    """Measures the values of each window (column 0) and removes their mean and spread.

    Args:
        floor: Added in quadrature to the standard deviation, so that a constant window is not divided by 0; original units, > 0.
    """

    def __init__(self, floor: float, **options: Any) -> None:
        super().__init__(**options)
        self.floor = floor

    def call(self, window: Any) -> dict[str, Any]:
        """`window` (batch, lookback, columns) -> `values` (batch, lookback), `location` and `scale` (batch, 1)."""
        values = window[:, :, 0]
        location = ops.mean(values, axis=1, keepdims=True)
        centred = values - location
        scale = ops.sqrt(ops.mean(ops.square(centred), axis=1, keepdims=True) + self.floor**2)
        return {"values": centred / scale, "location": location, "scale": scale}

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "floor": self.floor}


def _row_inputs(config: TimeSeriesConfig) -> dict[str, Any]:
    """The named inputs of the wire and of the row, which are the same."""
    data = config.data
    num_known = len(data.covariates)
    return {
        "window": keras.Input((data.lookback_steps, 1 + num_known), dtype="float32", name="window"),
        "future": keras.Input((data.horizon_steps, num_known + len(calendar_names(data.calendar))), dtype="float32", name="future"),
    }


def _smallest_scale(train: Examples) -> float:
    if train.forecast is None:
        raise ContractError("Forecast examples need their ForecastContext, received none.")
    return float(train.forecast.scale.min())


def _covariate_moments(config: TimeSeriesConfig, train: Examples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of the known covariates over the training horizons, (covariates,) each."""
    num_known = len(config.data.covariates)
    if num_known == 0:
        return np.empty(0), np.empty(0)
    sums, squares, count = np.zeros(num_known), np.zeros(num_known), 0
    for start in range(0, len(train), _CHUNK_ROWS):
        known = train.rows(np.arange(start, min(start + _CHUNK_ROWS, len(train))))["future"][:, :, :num_known].astype(np.float64)
        sums += known.sum(axis=(0, 1))
        squares += (known**2).sum(axis=(0, 1))
        count += known.shape[0] * known.shape[1]
    mean = sums / count
    variance = squares / count - mean**2
    return mean, np.where(variance > 1e-12 * np.maximum(mean**2, 1.0), variance, 1.0)  # a constant covariate says nothing
