"""Log-mel image -> logits.

Small residual convolutions over frequency and time, then over time alone.
"""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import layers

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.convolutions import (
    activated,
    flat_bands,
    halved,
    normalised,
    reduced,
)
from pipelines.speech.models.families import ResidualCnnConfig
from pipelines.speech.models.frame import classify_clips
from pipelines.speech.models.pooling import pooled
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: SpeechConfig, target: Target) -> keras.Model:
    """`log_mel` (batch, frames, mels) float32 in [0, 1] -> logits (batch, classes) float32.

    The first blocks see frequency and time alike, so that a formant is recognised wherever a vocal
    tract puts it; measured on held-out speakers, this is worth more than anything else here. The
    last ones are a residual network over time (TC-ResNet, Choi et al. 2019), and speech is read
    from the mean and the maximum over time, so that it may be anywhere.
    """
    settings = cast("ResidualCnnConfig", config.model)  # of this file's family
    return classify_clips(
        config, target, lambda images, sounding: _hear(images, sounding, settings)
    )


def _hear(images: Any, sounding: Any, settings: ResidualCnnConfig) -> Any:
    """Normalised images -> features (batch, any)."""
    hidden = layers.Reshape((*images.shape[1:], 1))(images)
    width = settings.stem_channels
    hidden = reduced(hidden, width, kernel=5, strides=2)  # (batch, frames/2, mels/2, width)
    for time_stride in (2, 1):
        hidden = _image_block(hidden, width)
        width *= 2
        hidden = reduced(hidden, width, kernel=3, strides=(time_stride, 2))
    hidden = flat_bands(hidden)  # (batch, frames/4, mels/8 × width)
    hidden = layers.Conv1D(settings.channels, 1, use_bias=False)(hidden)
    for block in range(settings.num_blocks):
        hidden = _temporal_block(hidden, settings.channels, dilation=2 ** (block % 3))
    hidden = activated(hidden)
    if settings.pooling != "mean_and_maximum":
        mask = halved(halved(sounding))  # (batch, frames/4)
        return pooled(hidden, mask, settings.pooling, units=settings.attention_units)
    return layers.Concatenate()(
        [layers.GlobalAveragePooling1D()(hidden), layers.GlobalMaxPooling1D()(hidden)]
    )


def _image_block(hidden: Any, width: int) -> Any:
    inner = activated(layers.Conv2D(width, 3, padding="same", use_bias=False)(hidden))
    inner = normalised(layers.Conv2D(width, 3, padding="same", use_bias=False)(inner))
    return layers.ReLU()(layers.Add()([hidden, inner]))


def _temporal_block(hidden: Any, channels: int, dilation: int) -> Any:
    inner = layers.Conv1D(channels, 5, padding="same", dilation_rate=dilation, use_bias=False)(
        activated(hidden)
    )
    inner = layers.Conv1D(channels, 5, padding="same", use_bias=False)(activated(inner))
    return layers.Add()([hidden, inner])
