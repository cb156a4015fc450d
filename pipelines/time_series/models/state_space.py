"""A selective state space over segments of the window, which `preprocess` has centred and scaled.

Its cost is linear in the window, where attention's is quadratic.
"""

from __future__ import annotations

from typing import Any, cast

import keras

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.families import StateSpaceConfig
from pipelines.time_series.models.frame import model_inputs, require_horizon
from pipelines.time_series.models.summary import embed, forecast_steps, in_segments
from shared.networks.state_space import state_space_block
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: TimeSeriesConfig, target: Target) -> keras.Model:
    """Build the model, uncompiled; arguments, scores and errors as of `ridge_residual`."""
    horizon = require_horizon(target)
    settings = cast("StateSpaceConfig", config.model)  # of this file's family
    inputs = model_inputs(config)
    length = min(settings.segment_steps, config.data.lookback)
    values, missing = (in_segments(inputs[name], length) for name in ("history", "missing"))
    tokens: Any = embed(values, missing, settings.embedding_size)
    for block in range(settings.num_blocks):
        tokens = state_space_block(
            tokens,
            num_states=settings.num_states,
            widening=2,  # the paper's
            kernel=settings.kernel_segments,
            dropout=settings.block_dropout,
            seed=config.train.seed + 3 + block,
            name=f"block{block}",
        )
    # What the last segment's vector has gathered of all before it, at its own size: how strange a
    # window is shows in it.
    return forecast_steps(config, settings, horizon, inputs, tokens[:, -1, :])
