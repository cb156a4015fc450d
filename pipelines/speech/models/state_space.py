"""Convolutions that make a clip short, then selective state spaces over time."""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import layers

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.convolutions import flat_bands, halved, reduced
from pipelines.speech.models.families import StateSpaceConfig
from pipelines.speech.models.frame import classify_clips
from pipelines.speech.models.pooling import pooled
from shared.networks.state_space import state_space_block
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: SpeechConfig, target: Target) -> keras.Model:
    """`log_mel` (batch, frames, mels) float32 in [0, 1] -> logits (batch, classes) float32."""
    settings = cast("StateSpaceConfig", config.model)  # of this file's family
    seed = config.train.seed + 5
    return classify_clips(
        config, target, lambda images, sounding: _hear(images, sounding, settings, seed=seed)
    )


def _hear(images: Any, sounding: Any, settings: StateSpaceConfig, *, seed: int) -> Any:
    """Normalised images -> features (batch, any)."""
    hidden = layers.Reshape((*images.shape[1:], 1))(images)
    width = settings.stem_channels
    hidden = reduced(hidden, width, kernel=5, strides=2)
    hidden = reduced(hidden, 2 * width, kernel=3, strides=2)
    mask = halved(halved(sounding))  # (batch, frames/4)
    steps = layers.Dense(settings.embedding_size, name="steps")(flat_bands(hidden))
    for block in range(settings.num_blocks):
        steps = state_space_block(
            steps,
            num_states=settings.num_states,
            widening=2,  # the paper's
            kernel=settings.kernel_steps,
            dropout=settings.block_dropout,
            seed=seed + block,
            name=f"block{block}",
            mask=mask,
        )
    steps = layers.LayerNormalization(epsilon=1e-6, name="norm")(steps)
    return pooled(steps, mask, settings.pooling, units=settings.attention_units)
