"""From a summary of the window to a forecast of each step ahead."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.families import SummaryModelConfig
from pipelines.time_series.models.frame import as_scores
from shared.targets import Horizon

__all__ = ["embed", "forecast_steps", "in_segments"]

# The untrained forecast is nearly the window's mean.
_FIRST_WEIGHTS_STD = 0.01


def in_segments(history: Any, length: int) -> Any:
    """(batch, lookback, columns) -> (batch, segments, length × columns); the oldest rest is cut."""
    _, lookback, columns = history.shape
    num_segments = lookback // length
    latest = history[:, lookback - num_segments * length :, :]
    return ops.reshape(latest, (-1, num_segments, length * columns))


def embed(values: Any, missing: Any, units: int) -> Any:
    """Parts of the window as tokens, (batch, parts, units).

    The weights of flags start at 0 and move only where something is missing, so that a network
    that never saw a gap does not stumble over the first.

    Args:
        values: Numbers of each part (batch, parts, any).
        missing: Flags of each part, of the same shape.
        units: Width of a token.
    """
    tokens = layers.Dense(units, name="tokens")(values)
    flags = layers.Dense(units, use_bias=False, kernel_initializer="zeros", name="gaps")(missing)
    return tokens + flags


def forecast_steps(
    config: TimeSeriesConfig,
    settings: SummaryModelConfig,
    target: Horizon,
    inputs: dict[str, Any],
    summary: Any,
) -> keras.Model:
    """The model, in which each step sees its share of the summary and what is known of it.

    As in the multi-horizon recurrent forecaster of Wen et al. (2017), section 3.2.

    Args:
        config: Of the run.
        settings: Of the family.
        target: What is forecast.
        inputs: As of `model_inputs`.
        summary: Of the window, (batch, any).
    """
    seed = config.train.seed + 1
    if "static" in inputs:
        summary = ops.concatenate([summary, inputs["static"]], axis=-1)
    summary = layers.Dropout(settings.dropout, seed=seed, name="summary_dropout")(summary)
    told = layers.Dense(target.steps * settings.step_units, name="told")(summary)
    told = ops.reshape(told, (-1, target.steps, settings.step_units))
    features = ops.concatenate([told, inputs["ahead"]], axis=-1)
    hidden = layers.Dense(settings.hidden_units, activation="gelu", name="joined")(features)
    hidden = layers.Dropout(settings.dropout, seed=seed + 1, name="joined_dropout")(hidden)
    small = keras.initializers.RandomNormal(stddev=_FIRST_WEIGHTS_STD)
    forecasts = layers.Dense(1 + len(target.quantiles), kernel_initializer=small, name="forecasts")(
        hidden
    )  # (batch, horizon, 1 + quantiles)
    return as_scores(inputs, target, forecasts[:, :, :1], forecasts[:, :, 1:])
