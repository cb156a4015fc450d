"""The last season again, with a spread that is learnt for each step and level."""

from __future__ import annotations

import keras

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.frame import (
    as_scores,
    learnt_spread,
    model_inputs,
    require_horizon,
)
from pipelines.time_series.models.layers import FoldBySeason
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: TimeSeriesConfig, target: Target) -> keras.Model:
    """Build the model, uncompiled; arguments, scores and errors as of `ridge_residual`.

    Where the last season has gaps, they are filled as in `gap_filling`.
    """
    horizon = require_horizon(target)
    inputs = model_inputs(config)
    last_season = inputs["history"][:, -horizon.season_steps :, :1]
    mean = FoldBySeason(horizon.season_steps, horizon.steps, name="same_place")(last_season)
    return as_scores(inputs, horizon, mean, learnt_spread(mean, horizon))
