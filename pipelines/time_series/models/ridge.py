"""The ridge that `preprocess` has fitted, with a spread that is learnt for each step and level."""

from __future__ import annotations

import keras
from keras import ops

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.frame import (
    as_scores,
    learnt_spread,
    model_inputs,
    require_horizon,
)
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: TimeSeriesConfig, target: Target) -> keras.Model:
    """Build the model, uncompiled; arguments, scores and errors as of `ridge_residual`."""
    horizon = require_horizon(target)
    inputs = model_inputs(config)
    mean = ops.expand_dims(inputs["ridge"], -1)  # (batch, horizon, 1), scaled
    return as_scores(inputs, horizon, mean, learnt_spread(mean, horizon))
