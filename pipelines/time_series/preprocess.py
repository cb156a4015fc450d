"""Row -> tensors, with everything that is fitted on the training split.

The ridge, and means and scales of the covariates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.gap_filling import GapFilling
from pipelines.time_series.models.ridge import Ridge, fit_ridge
from pipelines.time_series.models.static_encoding import encode_statics
from pipelines.time_series.reading.calendar_features import calendar_names
from shared.contract import Examples, Rows

__all__ = ["WindowScaling", "build_decode", "build_preprocess"]

_SCALE_FLOOR_SHARE = 0.01
_CHUNK_ROWS = 2048


def build_decode(config: TimeSeriesConfig) -> keras.Model:
    """The identity: a window of numbers is its own wire format."""
    inputs = _row_inputs(config)
    return keras.Model(
        inputs,
        {name: keras.layers.Identity()(tensor) for name, tensor in inputs.items()},
        name="decode",
    )


def build_preprocess(config: TimeSeriesConfig, train: Examples) -> keras.Model:
    """Build the preprocessing and fit it on the training split.

    Returns:
        A model from a row to these float32 tensors; "scaled" is (value − location) / scale of that
        window: `history` (batch, lookback, 1 + past + known covariates): scaled values,
        standardised covariates, gaps filled; `missing`, of the same shape: 1 where a gap was
        filled, else 0; `ahead` (batch, horizon, known covariates + calendar): standardised
        covariates, calendar as it is; `ridge` (batch, horizon): the linear forecast, scaled;
        `location`, `scale` (batch, 1): mean and standard deviation of the window, original units;
        `static` (batch, width), with static covariates only: as `encode_statics` gives it.
    """
    ridge = fit_ridge(train, config.front_end.ridge_folds)
    past = _past_moments(config, train)
    known = _known_moments(config, train)
    mean = np.concatenate([past.mean, known.mean])
    inputs = _row_inputs(config)
    gaps = GapFilling(_season_steps(train), (np.nan, *mean), name="gap_filling")(inputs["window"])
    scale = WindowScaling(_SCALE_FLOOR_SHARE * _smallest_scale(train), name="window_scaling")
    scaled = scale(gaps["filled"])
    forecast = _forecast_linearly(scaled["values"], ridge)
    covariates = gaps["filled"][:, :, 1:]
    if len(mean):
        variance = np.concatenate([past.variance, known.variance])
        standardise = keras.layers.Normalization(
            mean=mean, variance=variance, name="past_covariates"
        )
        covariates = standardise(covariates)
    values = ops.expand_dims(scaled["values"], -1)
    outputs = {
        "history": keras.layers.Concatenate(name="history")([values, covariates]),
        "missing": gaps["missing"],
        "ahead": _standardise_ahead(inputs["future"], known),
        "ridge": forecast,
        "location": scaled["location"],
        "scale": scaled["scale"],
    }
    static = encode_statics(config, train, inputs)
    if static is not None:
        outputs["static"] = static
    return keras.Model(inputs, outputs, name="preprocess")


def _forecast_linearly(values: Any, ridge: Ridge) -> Any:
    """Scaled windows (batch, lookback) -> forecasts (batch, horizon), scaled."""
    num_steps = ridge.weights.shape[1]
    linear = keras.layers.Dense(
        num_steps, use_bias=False, kernel_initializer="zeros", trainable=False, name="ridge"
    )
    forecast = linear(values)
    linear.set_weights([ridge.weights])
    return forecast


def _standardise_ahead(future: Any, known: _Moments) -> Any:
    """Covariates (batch, horizon, columns) standardised; the calendar behind them stays."""
    num_calendar = future.shape[-1] - len(known.mean)
    standardise = keras.layers.Normalization(
        mean=np.append(known.mean, np.zeros(num_calendar)),
        variance=np.append(known.variance, np.ones(num_calendar)),
        name="future_covariates",
    )
    return standardise(future)


@keras.saving.register_keras_serializable(package="plumbline")
class WindowScaling(keras.layers.Layer):
    """Measures the values of each window (column 0) and removes their mean and spread.

    Args:
        floor: Added in quadrature to the standard deviation, so that a constant window is not
            divided by 0; original units, > 0.
    """

    def __init__(self, floor: float, **options: Any) -> None:
        super().__init__(**options)
        self.floor = floor

    def call(self, window: Any) -> dict[str, Any]:
        """`window` (batch, lookback, columns) -> `values`, `location` and `scale`.

        `values` are (batch, lookback), the others (batch, 1).
        """
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
    num_known = len(data.known)
    inputs = {
        "window": keras.Input(
            (data.lookback_steps, 1 + len(data.past) + num_known), dtype="float32", name="window"
        ),
        "future": keras.Input(
            (data.horizon_steps, num_known + len(calendar_names(data.calendar))),
            dtype="float32",
            name="future",
        ),
    }
    if data.static_numbers:
        inputs["static"] = keras.Input((len(data.static_numbers),), dtype="float32", name="static")
    if data.static_texts:
        inputs["category"] = keras.Input((len(data.static_texts),), dtype="string", name="category")
    return inputs


@dataclass(frozen=True)
class _Moments:
    """Mean and variance of some columns, (columns,) float64 each."""

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]


def _season_steps(train: Examples) -> int:
    return int(train.forecast_context.recent.shape[1])


def _smallest_scale(train: Examples) -> float:
    return float(train.forecast_context.scale.min())


def _known_moments(config: TimeSeriesConfig, train: Examples) -> _Moments:
    """Of the known covariates over the training horizons."""
    num_known = len(config.data.known)
    return _moments(train, num_known, lambda rows: rows["future"][:, :, :num_known])


def _past_moments(config: TimeSeriesConfig, train: Examples) -> _Moments:
    """Of the past covariates over the training windows, where they were observed."""
    num_past = len(config.data.past)
    return _moments(train, num_past, lambda rows: rows["window"][:, :, 1 : 1 + num_past])


def _moments(
    train: Examples, num_columns: int, columns: Callable[[Rows], NDArray[np.float32]]
) -> _Moments:
    if num_columns == 0:
        return _Moments(np.empty(0), np.empty(0))
    sums = np.zeros(num_columns)
    squares = np.zeros(num_columns)
    counts = np.zeros(num_columns)
    for start in range(0, len(train), _CHUNK_ROWS):
        values = columns(train.rows(np.arange(start, min(start + _CHUNK_ROWS, len(train))))).astype(
            np.float64
        )
        sums += np.nansum(values, axis=(0, 1))
        squares += np.nansum(values**2, axis=(0, 1))
        counts += np.isfinite(values).sum(axis=(0, 1))
    mean = sums / np.maximum(counts, 1.0)
    variance = squares / np.maximum(counts, 1.0) - mean**2
    # A constant covariate says nothing.
    return _Moments(mean, np.where(variance > 1e-12 * np.maximum(mean**2, 1.0), variance, 1.0))
