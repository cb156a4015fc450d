"""The network that finds the noise in an image: a small U-Net that is told time and class."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

__all__ = ["build_unet"]

_CHANNELS = (32, 64, 64)
_EMBEDDING = 64
_GROUPS = 8


def build_unet(height: int, width: int, num_classes: int, *, seed: int) -> keras.Model:
    """Images (batch, height, width, 3), times (batch,), classes (batch,) -> noise, as the images.

    Args:
        height: Divisible by 4.
        width: Likewise.
        num_classes: With one that stands for none.
        seed: Of the first weights.
    """
    parts = _Parts(seed)
    noisy = keras.Input((height, width, 3), name="noisy")
    time = keras.Input((), name="time")
    classes = keras.Input((), dtype="int32", name="class")
    told = parts.told(time, classes, num_classes)
    hidden = parts.convolution(noisy, _CHANNELS[0])
    skipped = []
    for channels in _CHANNELS[:-1]:
        hidden = parts.block(hidden, told, channels)
        skipped.append(hidden)
        hidden = layers.AveragePooling2D(2)(hidden)
    hidden = parts.block(hidden, told, _CHANNELS[-1])
    hidden = parts.block(hidden, told, _CHANNELS[-1])
    for channels, beside in zip(_CHANNELS[-2::-1], reversed(skipped), strict=True):
        hidden = layers.UpSampling2D(interpolation="nearest")(hidden)
        hidden = layers.Concatenate()([hidden, beside])
        hidden = parts.block(hidden, told, channels)
    hidden = ops.silu(parts.normalised(hidden))
    noise = layers.Conv2D(3, 3, padding="same", kernel_initializer="zeros", name="noise")(hidden)
    return keras.Model([noisy, time, classes], noise, name="unet")


class _Parts:
    """Makes layers, each with a seed of its own."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def told(self, time: Any, classes: Any, num_classes: int) -> Any:
        """What each block is told, (batch, channels)."""
        rates = np.exp(np.linspace(0.0, np.log(1000.0), _EMBEDDING // 2)).astype(np.float32)
        angles = time[:, None] * rates
        waves = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=1)
        of_class = layers.Embedding(
            num_classes,
            _EMBEDDING,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0, seed=self._next()),
        )(classes)
        both = layers.Add()([self._dense(waves, _EMBEDDING), of_class])
        return ops.silu(self._dense(ops.silu(both), _EMBEDDING))

    def block(self, hidden: Any, told: Any, channels: int) -> Any:
        """Two convolutions beside the identity; between them each channel is scaled and shifted."""
        changed = self.convolution(ops.silu(self.normalised(hidden)), channels)
        scale_and_shift = self._dense(told, 2 * channels)[:, None, None, :]
        scale, shift = ops.split(scale_and_shift, 2, axis=-1)
        changed = ops.silu(self.normalised(changed) * (1.0 + scale) + shift)
        changed = self.convolution(changed, channels)
        if hidden.shape[-1] != channels:
            hidden = self.convolution(hidden, channels, size=1)
        return layers.Add()([hidden, changed])

    def normalised(self, hidden: Any) -> Any:
        """Over groups of channels of one image."""
        return layers.GroupNormalization(_GROUPS)(hidden)

    def convolution(self, hidden: Any, channels: int, *, size: int = 3) -> Any:
        """Without a change of size."""
        return layers.Conv2D(channels, size, padding="same", kernel_initializer=self._weights())(
            hidden
        )

    def _dense(self, hidden: Any, units: int) -> Any:
        return layers.Dense(units, kernel_initializer=self._weights())(hidden)

    def _weights(self) -> keras.initializers.Initializer:
        return keras.initializers.GlorotUniform(seed=self._next())

    def _next(self) -> int:
        self._seed += 1
        return self._seed
