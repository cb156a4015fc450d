"""The ridge, a small network that corrects it, and quantiles that can't cross."""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import ops

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.families import RidgeResidualConfig
from pipelines.time_series.models.frame import as_scores, model_inputs, require_horizon
from pipelines.time_series.models.layers import FoldBySeason, StepBias, season_means
from shared.targets import Horizon, Target

__all__ = ["build_model"]

# Small enough that the untrained model is the ridge, large enough that every weight receives a
# gradient from the first step on.
_FIRST_WEIGHTS_STD = 0.01


def build_model(config: TimeSeriesConfig, target: Target) -> keras.Model:
    """Build the model, uncompiled: from the tensors of `preprocess` to scores as of `as_scores`.

    Raises:
        ContractError: The target is not a horizon.
    """
    horizon = require_horizon(target)
    settings = cast("RidgeResidualConfig", config.model)  # of this file's family
    inputs = model_inputs(config)
    ridge = ops.expand_dims(inputs["ridge"], -1)  # (batch, horizon, 1), scaled
    corrections = _corrections(settings, horizon, inputs, ridge)
    mean = ridge + corrections[:, :, :1]
    return as_scores(inputs, horizon, mean, corrections[:, :, 1:])


def _corrections(
    settings: RidgeResidualConfig, target: Horizon, inputs: dict[str, Any], ridge: Any
) -> Any:
    """What the network adds to the ridge, and its raw quantile offsets.

    (batch, horizon, 1 + quantiles), scaled.

    One network serves all steps ahead: it sees what is known of its step, the same place of each
    past season, the ridge, and a summary of the window.
    """
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
