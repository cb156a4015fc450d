"""An LSTM over segments of the window, which `preprocess` has centred and scaled.

Segments instead of single steps make it short (SegRNN: Lin et al. 2023, arXiv 2308.11200).
"""

from __future__ import annotations

from typing import cast

import keras

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.families import LstmConfig
from pipelines.time_series.models.frame import model_inputs, require_horizon
from pipelines.time_series.models.summary import embed, forecast_steps, in_segments
from shared.networks.recurrent import recur
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: TimeSeriesConfig, target: Target) -> keras.Model:
    """Build the model, uncompiled; arguments, scores and errors as of `ridge_residual`."""
    horizon = require_horizon(target)
    settings = cast("LstmConfig", config.model)  # of this file's family
    inputs = model_inputs(config)
    length = settings.segment_length(config.data.lookback)
    values, missing = (in_segments(inputs[name], length) for name in ("history", "missing"))
    states = recur(
        embed(values, missing, settings.units),
        "lstm",
        units=settings.units,
        num_layers=settings.num_layers,
        both_ways=False,
        dropout=settings.dropout,
        seed=config.train.seed + 3,
    )
    return forecast_steps(config, settings, horizon, inputs, states[:, -1, :])
