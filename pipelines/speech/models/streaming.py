"""A causal network for spotting words in a signal without an end.

Residual convolutions as of `residual_cnn`, but each sees only what was before. The same weights
score whole clips, on which they are trained, and a signal step by step (`served_stream.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

import keras
from keras import layers, ops

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.augment import BackgroundNoise
from pipelines.speech.models.causal import (
    CEILING_DB,
    FLOOR_DB,
    CausalConvolution,
    GainControl,
    RecentPooling,
)
from pipelines.speech.models.families import StreamingConfig
from pipelines.speech.models.frame import logits, masked, mixed, warped
from pipelines.speech.preprocess import num_causal_frames
from shared.targets import Target

__all__ = ["AnyLevel", "Through", "build_model", "hear"]

_QUIETEST_DB = 40.0
"""Below the loudest clip that training hears."""


class Through(Protocol):
    """Sends a tensor through the layer of a name, which is made where there is none yet."""

    def __call__(self, name: str, tensor: Any, make: Callable[[str], keras.layers.Layer]) -> Any:
        """What the layer answers."""


def build_model(config: SpeechConfig, target: Target) -> keras.Model:
    """`causal_mel` (batch, frames, mels) float32 in [0, 1] -> logits (batch, classes) float32."""
    shape = (num_causal_frames(config), config.front_end.num_mels)
    images = keras.Input(shape, name="causal_mel")
    noisy = AnyLevel(
        range_db=CEILING_DB - FLOOR_DB,
        strength=config.model.augmentation,
        seed=config.train.seed + 2,
        name="any_level",
    )(warped(mixed(images, config), config))
    features = hear(noisy, config, _made, lambda controlled: masked(controlled, config))
    return keras.Model({"causal_mel": images}, logits(features, config, target), name="speech")


def hear(
    images: Any,
    config: SpeechConfig,
    through: Through,
    change: Callable[[Any], Any] = lambda controlled: controlled,
) -> Any:
    """Images of sound (batch, frames, mels) -> features (batch, any).

    The way is the same for whole clips and for a step, only the layers' memory differs.

    Args:
        images: Of as many frames as a clip or a step has.
        config: Of the run.
        through: How a tensor passes a layer.
        change: Of images whose gain is controlled.
    """
    settings = cast("StreamingConfig", config.model)  # of this file's family
    hop = config.front_end.hop_seconds
    controlled = through("gain", images, lambda name: GainControl(hop, name=name))
    hidden = ops.expand_dims(change(controlled), -1)
    width = settings.stem_channels
    for number, (kernel, stride) in enumerate(((5, 2), (3, 2), (3, 1))):
        options = {"kernel": (kernel, kernel), "strides": (stride, 2)}
        hidden = through(f"stem{number}", hidden, _convolution(width * 2**number, **options))
    _, steps, bands, filters = hidden.shape  # a step is four frames
    hidden = ops.reshape(hidden, (-1, steps, 1, bands * filters))
    channels = settings.channels
    hidden = through("entry", hidden, lambda name: layers.Dense(channels, name=name))
    for block in range(settings.num_blocks):
        dilation = 2 ** (block % 3)
        inner = through(f"block{block}", hidden, _over_time(channels, dilation))
        hidden = hidden + through(f"block{block}_near", inner, _over_time(channels, 1))
    return through("recent", hidden, lambda name: RecentPooling(name=name))


@keras.saving.register_keras_serializable(package="plumbline")
class AnyLevel(BackgroundNoise):
    """Adds noise beside the clip's own loudest cell, then plays it at any level.

    Parameters are those of `BackgroundNoise`; strength 1 also means up to 40 dB quieter.
    """

    def change(self, images: Any) -> Any:
        """(batch, frames, mels) -> the same, recorded elsewhere."""
        louder = images + 1.0 - ops.max(images, axis=(1, 2), keepdims=True)
        noisy = super().change(ops.where(images > 0, louder, 0.0))
        quieter_db = self._uniform((ops.shape(images)[0], 1, 1), 0.0, _QUIETEST_DB * self.strength)
        return ops.maximum(noisy - quieter_db / self.range_db, 0.0)


def _made(name: str, tensor: Any, make: Callable[[str], keras.layers.Layer]) -> Any:
    return make(name)(tensor)


def _convolution(filters: int, **options: Any) -> Callable[[str], keras.layers.Layer]:
    return lambda name: CausalConvolution(filters, name=name, **options)


def _over_time(channels: int, dilation: int) -> Callable[[str], keras.layers.Layer]:
    return _convolution(channels, kernel=(5, 1), dilation=dilation)
