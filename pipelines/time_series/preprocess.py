"""Row -> tensors, with everything that is fitted on the training split.

The ridge, and means and scales of the covariates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.floors.spread import FloorSpread, fit_spread
from pipelines.time_series.models.gap_filling import GapFilling, LastObserved
from pipelines.time_series.models.ridge_fit import Ridge, fit_ridge
from pipelines.time_series.models.standardising import Moments, Standardising
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
        {
            name: keras.layers.Identity(dtype=tensor.dtype)(tensor)
            for name, tensor in inputs.items()
        },
        name="decode",
    )


def build_preprocess(config: TimeSeriesConfig, train: Examples) -> keras.Model:
    """Build the preprocessing and fit it on the training split.

    Returns:
        A model from a row to these tensors. "Scaled" is (value − location) / scale of that window,
        taken in float64, so that it does not depend on how large the numbers are. Float32:
        `history` (batch, lookback, 1 + past + known covariates): scaled values, standardised
        covariates, gaps filled; `missing`, of the same shape: 1 where a gap was filled, else 0;
        `ahead` (batch, horizon, known covariates + calendar): standardised covariates, calendar as
        it is; `ridge` (batch, horizon): the linear forecast, scaled; `static` (batch, width), with
        static covariates only: as `encode_statics` gives it; `floor_spread` (batch, 2 · floors): as
        `fit_spread` gives it, the same for all rows. Float64: `location`, `scale` (batch,
        1): mean and standard deviation of the window, original units.
    """
    ridge = fit_ridge(train, config.front_end.ridge_folds)
    past, known = (moments(config, train) for moments in (_past_moments, _known_moments))
    mean = np.concatenate([past.mean, known.mean])
    inputs = _row_inputs(config)
    gaps = GapFilling(_season_steps(train), (np.nan, *mean), name="gap_filling")(inputs["window"])
    scale = WindowScaling(_SCALE_FLOOR_SHARE * _smallest_scale(train), name="window_scaling")
    scaled = scale(gaps["filled"])
    forecast = _forecast_linearly(scaled["values"], gaps["missing"][:, :, 0], ridge)
    spreads = fit_spread(train, scale, ridge.weights, _season_steps(train))
    floor_spread = FloorSpread(spreads, name="floor_spread")(scaled["location"])
    covariates = ops.cast(gaps["filled"][:, :, 1:], "float32")
    if len(mean):
        spread = np.concatenate([past.scale, known.scale])
        standardise = Standardising(mean, spread, name="past_covariates")
        covariates = standardise(gaps["filled"][:, :, 1:])
    values = ops.expand_dims(scaled["values"], -1)
    outputs = {
        "history": keras.layers.Concatenate(name="history")([values, covariates]),
        "missing": gaps["missing"],
        "ahead": _standardise_ahead(inputs["future"], known),
        "ridge": forecast,
        "location": scaled["location"],
        "scale": scaled["scale"],
        "floor_spread": floor_spread,
    }
    static = encode_statics(config, train, inputs)
    if static is not None:
        outputs["static"] = static
    return keras.Model(inputs, outputs, name="preprocess")


def _forecast_linearly(values: Any, missing: Any, ridge: Ridge) -> Any:
    """Scaled windows and their gaps (batch, lookback) -> forecasts (batch, horizon), scaled."""
    last = LastObserved(name="last_observed")(values, missing)
    num_steps = ridge.weights.shape[1]
    linear = keras.layers.Dense(
        num_steps, use_bias=False, kernel_initializer="zeros", trainable=False, name="ridge"
    )
    forecast = linear(ops.concatenate([values, last], axis=1))
    linear.set_weights([ridge.weights])
    return forecast


def _standardise_ahead(future: Any, known: Moments) -> Any:
    """Covariates (batch, horizon, columns) standardised; the calendar behind them stays."""
    num_calendar = future.shape[-1] - len(known.mean)
    mean = np.append(known.mean, np.zeros(num_calendar))
    scale = np.append(known.scale, np.ones(num_calendar))
    return Standardising(mean, scale, name="future_covariates")(future)


@keras.saving.register_keras_serializable(package="plumbline")
class WindowScaling(keras.layers.Layer):
    """Measures the values of each window (column 0) and removes their mean and spread, in float64.

    Args:
        floor: Added in quadrature to the standard deviation, so that a constant window is not
            divided by 0; original units, > 0.
    """

    def __init__(self, floor: float, **options: Any) -> None:
        super().__init__(**{"dtype": "float64", **options})
        self.floor = floor

    def call(self, window: Any) -> dict[str, Any]:
        """`window` (batch, lookback, columns) -> `values`, `location` and `scale`.

        `values` are (batch, lookback) float32, the others (batch, 1) float64.
        """
        values = window[:, :, 0]
        location = ops.mean(values, axis=1, keepdims=True)
        centred = values - location
        scale = ops.sqrt(ops.mean(ops.square(centred), axis=1, keepdims=True) + self.floor**2)
        scaled = ops.cast(centred / scale, "float32")
        return {"values": scaled, "location": location, "scale": scale}

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "floor": self.floor}


def _row_inputs(config: TimeSeriesConfig) -> dict[str, Any]:
    """The named inputs of the wire and of the row, which are the same."""
    data = config.data
    num_known = len(data.known)
    inputs = {
        "window": keras.Input(
            (data.lookback, 1 + len(data.past) + num_known), dtype="float64", name="window"
        ),
        "future": keras.Input(
            (data.horizon_steps, num_known + len(calendar_names(data.cycles))),
            dtype="float64",
            name="future",
        ),
    }
    if data.static_numbers:
        inputs["static"] = keras.Input((len(data.static_numbers),), dtype="float64", name="static")
    if data.static_texts:
        inputs["category"] = keras.Input((len(data.static_texts),), dtype="string", name="category")
    return inputs


def _season_steps(train: Examples) -> int:
    return int(train.forecast_context.recent.shape[1])


def _smallest_scale(train: Examples) -> float:
    return float(train.forecast_context.scale.min())


def _known_moments(config: TimeSeriesConfig, train: Examples) -> Moments:
    """Of the known covariates over the training horizons."""
    num_known = len(config.data.known)
    return _moments(train, num_known, lambda rows: rows["future"][:, :, :num_known])


def _past_moments(config: TimeSeriesConfig, train: Examples) -> Moments:
    """Of the past covariates over the training windows, where they were observed."""
    num_past = len(config.data.past)
    return _moments(train, num_past, lambda rows: rows["window"][:, :, 1 : 1 + num_past])


def _moments(
    train: Examples, num_columns: int, columns: Callable[[Rows], NDArray[np.float64]]
) -> Moments:
    if num_columns == 0:
        return Moments(np.empty(0), np.empty(0))

    def chunks() -> Iterator[NDArray[np.float64]]:
        for start in range(0, len(train), _CHUNK_ROWS):
            indices = np.arange(start, min(start + _CHUNK_ROWS, len(train)))
            yield columns(train.rows(indices)).reshape(-1, num_columns)

    return Moments.of(chunks, num_columns)
