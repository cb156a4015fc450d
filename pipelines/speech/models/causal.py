"""Layers that hear only what was before, and carry on from what they remember of it."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from shared.networks.state_space import linear_scan

__all__ = [
    "CEILING_DB",
    "FLOOR_DB",
    "CausalConvolution",
    "GainControl",
    "RecentPooling",
    "Remembering",
]

FLOOR_DB = -100.0
"""Power of the rounding to 16 bits: 0 in an image of sound."""
CEILING_DB = 20.0
"""About the power of a full-scale tone in one band: 1 in an image of sound."""

_SMOOTHING_SECONDS = 0.4  # 40 frames of 10 ms: s = 0.025 in the paper
_STRENGTH = 0.98  # α
_BIAS = 2.0  # δ
_COMPRESSION = 0.5  # r
_QUIET = 1e-7  # ε: bands 70 dB below full scale fade out


class Remembering(keras.layers.Layer):
    """A layer over time that can be called piece by piece."""

    state_shape: tuple[int, ...]
    """Of what one row remembers, once built; it is zeros at the beginning."""

    def step(self, piece: Any, before: Any) -> tuple[Any, Any]:
        """What `call` gives of a piece that follows others, and what is remembered after it.

        Args:
            piece: (batch, times, …), as many times as a step of the network has there.
            before: (batch, *state_shape).
        """
        raise NotImplementedError


@keras.saving.register_keras_serializable(package="plumbline")
class GainControl(Remembering):
    """Each band's power relative to its own recent past, compressed: a running level control.

    Per-channel energy normalisation with fixed parameters (Wang et al. 2017, "Trainable frontend
    for robust and far-field keyword spotting", equations 1 and 2): M[t] = (1 − s) M[t − 1] + s E[t]
    and (E / (ε + M)^α + δ)^r − δ^r. Steady noise fades, onsets stay, and loudness hardly matters.
    M begins as the first frame's power, so that the beginning of a clip in noise is no onset.

    Args:
        hop_seconds: Between two frames.
    """

    def __init__(self, hop_seconds: float, **options: Any) -> None:
        # Powers span twelve decades, which half precision has not.
        super().__init__(**{"dtype": "float32", **options})
        self.hop_seconds = hop_seconds
        self.rate = min(1.0, hop_seconds / _SMOOTHING_SECONDS)

    def build(self, images_shape: Any) -> None:
        """There are no weights to make."""
        self.state_shape = (images_shape[-1],)
        super().build(images_shape)

    def call(self, images: Any) -> Any:
        """(batch, frames, mels) in [0, 1], from `FLOOR_DB` to `CEILING_DB` -> the same shape."""
        power = _power(images)
        drive = ops.concatenate([power[:, :1], self.rate * power[:, 1:]], axis=1)
        return _compressed(power, linear_scan(ops.full_like(drive, 1.0 - self.rate), drive))

    def step(self, piece: Any, before: Any) -> tuple[Any, Any]:
        """`before` is M; 0 before the first frame, since no frame is without power."""
        power = _power(piece)
        before = ops.where(before > 0, before, power[:, 0])
        levels = []
        for frame in range(piece.shape[1]):
            before = (1.0 - self.rate) * before + self.rate * power[:, frame]
            levels.append(before)
        return _compressed(power, ops.stack(levels, axis=1)), before

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "hop_seconds": self.hop_seconds}


@keras.saving.register_keras_serializable(package="plumbline")
class CausalConvolution(Remembering):
    """A convolution over time and bands, normalised over the batch, 0 where negative.

    It ends with the frame that it answers for. Bands are padded on both sides.

    Args:
        filters: Width of what comes out.
        kernel: Frames and bands that it sees.
        strides: Over frames and bands.
        dilation: Frames from one that it sees to the next; 1 where it strides.
    """

    def __init__(
        self,
        filters: int,
        *,
        kernel: tuple[int, int],
        strides: tuple[int, int] = (1, 1),
        dilation: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.filters = filters
        self.kernel = tuple(kernel)
        self.strides = tuple(strides)
        self.dilation = dilation
        self.convolve = layers.Conv2D(
            filters,
            self.kernel,
            strides=self.strides,
            dilation_rate=(dilation, 1),
            use_bias=False,
            dtype=self.dtype_policy,
        )
        # As in `convolutions.normalised`.
        self.normalise = layers.BatchNormalization(
            momentum=0.9, synchronized=True, dtype=self.dtype_policy
        )

    @property
    def past(self) -> int:
        """Frames before a piece that it sees."""
        return (self.kernel[0] - 1) * self.dilation + 1 - self.strides[0]

    def build(self, images_shape: Any) -> None:
        """Make the weights."""
        _, _, bands, width = images_shape
        self.state_shape = (self.past, bands, width)
        self.convolve.build((None, None, bands + 2 * self._beside, width))
        self.normalise.build((None, None, None, self.filters))
        super().build(images_shape)

    def call(self, images: Any, training: bool | None = None) -> Any:
        """(batch, frames, bands, width) -> (batch, frames / stride, …, filters)."""
        nothing = [[0, 0], [self.past, 0], [0, 0], [0, 0]]
        return self._heard(ops.pad(images, nothing), training=training)

    def step(self, piece: Any, before: Any) -> tuple[Any, Any]:
        """`before` are the last frames."""
        seen = ops.concatenate([ops.cast(before, piece.dtype), piece], axis=1)
        return self._heard(seen, training=False), seen[:, piece.shape[1] :]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        own = {"kernel": self.kernel, "strides": self.strides, "dilation": self.dilation}
        return {**super().get_config(), "filters": self.filters, **own}

    @property
    def _beside(self) -> int:
        return (self.kernel[1] - 1) // 2

    def _heard(self, seen: Any, *, training: bool | None) -> Any:
        beside = [[0, 0], [0, 0], [self._beside, self._beside], [0, 0]]
        hidden = self.convolve(ops.pad(seen, beside))
        return ops.relu(self.normalise(hidden, training=training))


@keras.saving.register_keras_serializable(package="plumbline")
class RecentPooling(Remembering):
    """Mean and maximum over the latest steps, as many as a clip has.

    A word is found wherever it was said in them.
    """

    def build(self, steps_shape: Any) -> None:
        """There are no weights to make."""
        _, count, bands, width = steps_shape
        self.state_shape = (count - 1, bands, width)
        super().build(steps_shape)

    def call(self, steps: Any) -> Any:
        """(batch, steps, 1, width) -> (batch, 2 · width)."""
        pooled = [ops.mean(steps, axis=(1, 2)), ops.max(steps, axis=(1, 2))]
        return ops.concatenate(pooled, axis=-1)

    def step(self, piece: Any, before: Any) -> tuple[Any, Any]:
        """Of one step; `before` are the latest ones."""
        latest = ops.concatenate([ops.cast(before, piece.dtype), piece], axis=1)
        return self.call(latest), latest[:, 1:]


def _power(images: Any) -> Any:
    """Images in [0, 1] -> power, where full scale is 1."""
    level_db = FLOOR_DB + (CEILING_DB - FLOOR_DB) * ops.cast(images, "float32")
    return ops.power(10.0, level_db / 10.0)


def _compressed(power: Any, level: Any) -> Any:
    relative = power / ops.power(_QUIET + level, _STRENGTH)
    return ops.power(relative + _BIAS, _COMPRESSION) - _BIAS**_COMPRESSION
