"""A transformer over overlapping patches of the window (PatchTST: Nie et al. 2023).

Each series is forecast by itself, and `preprocess` has centred and scaled its window, as in the
paper; covariates are further numbers of a patch.
"""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import layers, ops

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.models.families import PatchTransformerConfig
from pipelines.time_series.models.frame import model_inputs, require_horizon
from pipelines.time_series.models.summary import embed, forecast_steps
from shared.networks.positions import Positions
from shared.networks.transformer import encoder_block
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: TimeSeriesConfig, target: Target) -> keras.Model:
    """Build the model, uncompiled; arguments, scores and errors as of `ridge_residual`."""
    horizon = require_horizon(target)
    settings = cast("PatchTransformerConfig", config.model)  # of this file's family
    inputs = model_inputs(config)
    length = settings.patch_length(config.data.lookback)
    values, missing = (_in_patches(inputs[name], length) for name in ("history", "missing"))
    tokens = embed(values, missing, settings.embedding_size)
    tokens = Positions((tokens.shape[1],), name="positions")(tokens)
    for block in range(settings.num_blocks):
        tokens = encoder_block(
            tokens,
            num_heads=settings.num_heads,
            dropout=settings.block_dropout,
            seed=config.train.seed + 3 + 2 * block,
            name=f"block{block}",
        )
    tokens = layers.LayerNormalization(epsilon=1e-6, name="norm")(tokens)
    summary = layers.Dense(settings.summary_units, activation="gelu", name="summary")(
        layers.Flatten(name="patches")(tokens)
    )
    return forecast_steps(config, settings, horizon, inputs, summary)


def _in_patches(history: Any, length: int) -> Any:
    """(batch, lookback, columns) -> (batch, patches, length × columns), the last one the latest."""
    _, lookback, columns = history.shape
    stride = max(1, length // 2)
    starts = range((lookback - length) % stride, lookback - length + 1, stride)
    patches = [history[:, start : start + length, :] for start in starts]
    return ops.reshape(ops.stack(patches, axis=1), (-1, len(patches), length * columns))
