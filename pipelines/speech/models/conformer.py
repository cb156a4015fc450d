"""Attention for what is far apart, convolutions for what is near (Conformer: Gulati et al. 2020).

With places that are added to the steps instead of the paper's relative ones: words are short.
"""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import layers, ops

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.convolutions import flat_bands, halved, normalised, reduced
from pipelines.speech.models.families import ConformerConfig
from pipelines.speech.models.frame import classify_clips
from pipelines.speech.models.pooling import pooled
from shared.networks.positions import Positions
from shared.networks.transformer import attend, feed_forward
from shared.targets import Target

__all__ = ["build_model"]

_SEEDS_OF_A_BLOCK = 4


def build_model(config: SpeechConfig, target: Target) -> keras.Model:
    """`log_mel` (batch, frames, mels) float32 in [0, 1] -> logits (batch, classes) float32."""
    settings = cast("ConformerConfig", config.model)  # of this file's family
    seed = config.train.seed + 5
    return classify_clips(
        config, target, lambda images, sounding: _hear(images, sounding, settings, seed=seed)
    )


def _hear(images: Any, sounding: Any, settings: ConformerConfig, *, seed: int) -> Any:
    """Normalised images -> features (batch, any)."""
    hidden = layers.Reshape((*images.shape[1:], 1))(images)
    for _ in range(2):
        hidden = reduced(hidden, settings.stem_channels, kernel=3, strides=2)
    mask = halved(halved(sounding))  # (batch, frames/4)
    steps = layers.Dense(settings.embedding_size, name="steps")(flat_bands(hidden))
    steps = Positions((steps.shape[1],), name="positions")(steps)
    for block in range(settings.num_blocks):
        steps = _block(
            steps, mask, settings, seed=seed + _SEEDS_OF_A_BLOCK * block, name=f"block{block}"
        )
    return pooled(steps, mask, settings.pooling, units=settings.attention_units)


def _block(steps: Any, mask: Any, settings: ConformerConfig, *, seed: int, name: str) -> Any:
    """Half a transformation, attention, convolution, half a transformation; section 2.4."""
    rate = settings.block_dropout

    def transformed(steps: Any, seed: int, part: str) -> Any:
        return feed_forward(
            steps, activation="swish", widening=4, dropout=rate, seed=seed, name=f"{name}_{part}"
        )

    steps = steps + 0.5 * transformed(steps, seed, "first")
    looked = attend(steps, num_heads=settings.num_heads, name=name, mask=mask)
    steps = steps + layers.Dropout(rate, seed=seed + 1, name=f"{name}_looked")(looked)
    nearby = _convolved(steps, mask, kernel=settings.kernel_steps, name=name)
    steps = steps + layers.Dropout(rate, seed=seed + 2, name=f"{name}_nearby")(nearby)
    steps = steps + 0.5 * transformed(steps, seed + 3, "second")
    return layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm")(steps)


def _convolved(steps: Any, mask: Any, *, kernel: int, name: str) -> Any:
    """What the convolution of each channel adds, gated before it; section 2.2."""
    width = steps.shape[-1]
    normed = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_convolution_norm")(steps)
    both = layers.Dense(2 * width, name=f"{name}_gated")(normed)
    gated = both[..., :width] * ops.sigmoid(both[..., width:])
    convolve = layers.DepthwiseConv1D(
        kernel, padding="same", use_bias=False, name=f"{name}_convolution"
    )
    hidden = normalised(convolve(gated * ops.expand_dims(mask, -1)))
    return layers.Dense(width, name=f"{name}_mixed")(ops.silu(hidden))
