"""The ridge, a small network that corrects it, and quantiles that can't cross."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.layers import FoldBySeason, QuantileLadder, StepBias, season_means
from pipelines.time_series.models.static_encoding import static_width
from pipelines.time_series.reading.calendar_features import calendar_names
from shared.errors import ContractError
from shared.targets import Horizon, Target

__all__ = ["build_model", "in_original_units", "model_inputs"]

_EXACT = {"location": "float64", "scale": "float64"}
"""Tensors that are in original units."""

# Small enough that the untrained model is the ridge, large enough that every weight receives a
# gradient from the first step on.
_FIRST_WEIGHTS_STD = 0.01


def build_model(config: TimeSeriesConfig, target: Target) -> keras.Model:
    """Build the model, uncompiled.

    Returns:
        A model from the tensors of `preprocess` to scores (batch, horizon, 1, 1 + quantiles)
        float64, original units: the mean, then the quantiles.

    Raises:
        ContractError: The target is not a horizon.
    """
    if not isinstance(target, Horizon):
        raise ContractError(
            f"The time-series model forecasts a horizon, received the target {target.kind!r}."
        )
    inputs = model_inputs(config)
    ridge = ops.expand_dims(inputs["ridge"], -1)  # (batch, horizon, 1), scaled
    num_quantiles = len(target.quantiles)
    if config.model.neural_member:
        corrections = _corrections(config, target, inputs, ridge)  # (batch, horizon, 1 + quantiles)
        mean = ridge + corrections[:, :, :1]
        raw = corrections[:, :, 1:]
    else:
        mean = ridge
        raw = StepBias(name="spread")(ops.repeat(ops.zeros_like(ridge), num_quantiles, axis=-1))
    offsets = QuantileLadder(target.quantiles, name="quantiles", dtype="float32")(raw)
    scaled = ops.concatenate([mean, mean + offsets], axis=-1)  # (batch, horizon, 1 + quantiles)
    scores = ops.expand_dims(in_original_units(inputs, scaled), 2)
    return keras.Model(inputs, scores, name="time_series")


def model_inputs(config: TimeSeriesConfig) -> dict[str, Any]:
    """The tensors that `preprocess` gives, by name."""
    lookback = config.data.lookback_steps
    horizon = config.data.horizon_steps
    num_known = len(config.data.known)
    num_columns = 1 + len(config.data.past) + len(config.data.known)
    shapes: dict[str, tuple[int, ...]] = {
        "history": (lookback, num_columns),
        "missing": (lookback, num_columns),
        "ahead": (horizon, num_known + len(calendar_names(config.data.calendar))),
        "ridge": (horizon,),
        "location": (1,),
        "scale": (1,),
    }
    if static_width(config):
        shapes["static"] = (static_width(config),)
    return {
        name: keras.Input(shape, dtype=_EXACT.get(name, "float32"), name=name)
        for name, shape in shapes.items()
    }


def in_original_units(inputs: dict[str, Any], scaled: Any) -> Any:
    """Scaled forecasts (batch, horizon, levels) -> original units, float64.

    The location may be large beside the scale: in float32 it would swallow the forecast.
    """
    location, scale = (ops.expand_dims(inputs[name], -1) for name in ("location", "scale"))
    return location + scale * ops.cast(scaled, "float64")


def _corrections(
    config: TimeSeriesConfig, target: Horizon, inputs: dict[str, Any], ridge: Any
) -> Any:
    """What the network adds to the ridge, and its raw quantile offsets.

    (batch, horizon, 1 + quantiles), scaled.

    One network serves all steps ahead: it sees what is known of its step, the same place of each
    past season, the ridge, and a summary of the window.
    """
    settings = config.model
    history = inputs["history"]
    units = settings.hidden_units
    places = FoldBySeason(target.season_steps, target.steps, name="same_place")(history)
    features = ops.concatenate([inputs["ahead"], places, ridge], axis=-1)
    summary = _summarise(history, target.season_steps)
    if "static" in inputs:
        summary = ops.concatenate([summary, inputs["static"]], axis=-1)
    for layer in range(2):
        summary = keras.layers.Dense(
            settings.context_units, activation="gelu", name=f"context_{layer}"
        )(summary)
    context = keras.layers.Dense(units, use_bias=False, name="context")(
        keras.layers.Dropout(settings.dropout)(summary)
    )
    hidden = keras.layers.Dense(units, use_bias=False, name="features")(features)
    hidden = hidden + ops.expand_dims(context, 1) + _about_gaps(inputs["missing"], target, units)
    hidden = keras.activations.gelu(StepBias(name="step")(hidden))  # (batch, horizon, units)
    for layer in range(settings.num_layers - 1):
        hidden = keras.layers.Dropout(settings.dropout)(hidden)
        hidden = keras.layers.Dense(units, activation="gelu", name=f"hidden_{layer}")(hidden)
    small = keras.initializers.RandomNormal(stddev=_FIRST_WEIGHTS_STD)
    return keras.layers.Dense(
        1 + len(target.quantiles), kernel_initializer=small, name="corrections"
    )(hidden)


def _summarise(history: Any, season_steps: int) -> Any:
    """The mean of each place of the season, and the last season, (batch, columns × both)."""
    last_season = ops.reshape(history[:, -season_steps:, :], (-1, season_steps * history.shape[2]))
    return ops.concatenate([season_means(history, season_steps), last_season], axis=-1)


def _about_gaps(missing: Any, target: Horizon, units: int) -> Any:
    """What the network learns from knowing which inputs were not observed, (batch, horizon, units).

    The weights start at 0 and move only where something is missing: complete data train exactly as
    if nobody asked.
    """
    places = FoldBySeason(target.season_steps, target.steps, name="same_place_missing")(missing)
    summary = _summarise(missing, target.season_steps)
    by_step = keras.layers.Dense(
        units, use_bias=False, kernel_initializer="zeros", name="gaps_same_place"
    )(places)
    overall = keras.layers.Dense(units, use_bias=False, kernel_initializer="zeros", name="gaps")(
        summary
    )
    return by_step + ops.expand_dims(overall, 1)
