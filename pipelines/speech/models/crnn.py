"""Convolutions over frequency and time, then a GRU over time whose states are weighed.

As for sound events (Çakır et al. 2017, "Convolutional recurrent neural networks for polyphonic
sound event detection").
"""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import layers

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.convolutions import flat_bands, halved, reduced
from pipelines.speech.models.families import CrnnConfig
from pipelines.speech.models.frame import classify_clips
from pipelines.speech.models.pooling import pooled
from shared.networks.recurrent import recur
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: SpeechConfig, target: Target) -> keras.Model:
    """`log_mel` (batch, frames, mels) float32 in [0, 1] -> logits (batch, classes) float32."""
    settings = cast("CrnnConfig", config.model)  # of this file's family
    seed = config.train.seed + 5
    return classify_clips(
        config, target, lambda images, sounding: _hear(images, sounding, settings, seed=seed)
    )


def _hear(images: Any, sounding: Any, settings: CrnnConfig, *, seed: int) -> Any:
    """Normalised images -> features (batch, any)."""
    hidden = layers.Reshape((*images.shape[1:], 1))(images)
    width = settings.stem_channels
    hidden = reduced(hidden, width, kernel=5, strides=2)
    hidden = reduced(hidden, 2 * width, kernel=3, strides=2)
    hidden = reduced(hidden, 4 * width, kernel=3, strides=(1, 2))
    mask = halved(halved(sounding))  # (batch, frames/4)
    states = recur(
        flat_bands(hidden),
        "gru",
        units=settings.units,
        num_layers=settings.num_layers,
        both_ways=True,
        dropout=settings.dropout,
        seed=seed,
        mask=mask,
    )
    return pooled(states, mask, settings.pooling, units=settings.attention_units)
