"""Training-only changes of log-mel images: another vocal tract, another pace, another room.

At inference all are the identity.

Images are (batch, frames, mels) float32 in [0, 1], 0 being silence, so that whatever is moved in
from outside is silence.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["BackgroundNoise", "SpeakerWarp", "SpectrogramMasks"]


class _TrainingOnly(keras.layers.Layer):
    """Draws from its own seeded stream, and only while training."""

    def __init__(self, *, strength: float, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.strength = strength
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Changed images while training, else the images themselves."""
        return self.change(images) if training and self.strength > 0 else images

    def change(self, images: Any) -> Any:
        """What the layer does while training."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Shapes are kept."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "strength": self.strength, "seed": self.seed}

    def _uniform(self, shape: tuple[Any, ...], low: float = 0.0, high: float = 1.0) -> Any:
        return keras.random.uniform(shape, low, high, seed=self.generator)


@keras.saving.register_keras_serializable(package="plumbline")
class SpeakerWarp(_TrainingOnly):
    """Stretches frequency and time, and shifts in time.

    Frequency: vocal tract length perturbation (Jaitly & Hinton 2013, eq. 1).

    Args:
        sample_rate_hz: Rate of the waveforms behind the images.
        lowest_hz: Lower edge of the mel bands.
        strength: 1 means frequencies ×/÷ 1.2, pace ×/÷ 1.25, ± 8 frames.
        seed: Of the layer's own random stream.
    """

    def __init__(
        self, *, sample_rate_hz: int, lowest_hz: float, strength: float, seed: int, **kwargs: Any
    ) -> None:
        super().__init__(strength=strength, seed=seed, **kwargs)
        self.sample_rate_hz = sample_rate_hz
        self.lowest_hz = lowest_hz

    def change(self, images: Any) -> Any:
        """(batch, frames, mels) -> the same, spoken by somebody else."""
        batch = ops.shape(images)[0]
        frames = images.shape[1]
        mels = images.shape[2]
        in_time = _interpolation(
            self._frame_positions(batch, frames), frames
        )  # (batch, frames, frames)
        in_frequency = _interpolation(
            self._band_positions(batch, mels), mels
        )  # (batch, mels, mels)
        return ops.matmul(ops.matmul(in_time, images), ops.transpose(in_frequency, (0, 2, 1)))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "sample_rate_hz": self.sample_rate_hz,
            "lowest_hz": self.lowest_hz,
        }

    def _frame_positions(self, batch: Any, frames: int) -> Any:
        pace = ops.exp(self._uniform((batch, 1), -1.0, 1.0) * self.strength * float(np.log(1.25)))
        shift = self._uniform((batch, 1), -8.0, 8.0) * self.strength
        middle = (frames - 1) / 2.0
        return (ops.arange(frames, dtype="float32") - middle) * pace + middle + shift

    def _band_positions(self, batch: Any, mels: int) -> Any:
        top = self.sample_rate_hz / 2.0
        centres = np.linspace(_mel(self.lowest_hz), _mel(top), mels + 2)[1:-1]
        centres_hz = ops.convert_to_tensor(700.0 * np.expm1(centres / 1127.0), dtype="float32")
        factor = ops.exp(self._uniform((batch, 1), -1.0, 1.0) * self.strength * float(np.log(1.2)))
        # Linear up to the knee, then straight to the top, so that no band is read from above it.
        knee = 0.85 * top * ops.minimum(factor, 1.0) / factor
        above = top - (top - knee * factor) * (top - centres_hz) / (top - knee)
        warped_hz = ops.where(centres_hz <= knee, centres_hz * factor, above)
        warped = 1127.0 * ops.log1p(warped_hz / 700.0)
        return (warped - float(centres[0])) / float(centres[1] - centres[0])


@keras.saving.register_keras_serializable(package="plumbline")
class BackgroundNoise(_TrainingOnly):
    """Adds noise of a random level and colour, and colours speech as another microphone would.

    Args:
        range_db: Decibels between 0 and 1 of the image.
        strength: 1 means noise from 60 to 10 dB below the loudest cell in half of the clips, and a
            response of ± 6 dB.
        seed: Of the layer's own random stream.
    """

    def __init__(self, *, range_db: float, strength: float, seed: int, **kwargs: Any) -> None:
        super().__init__(strength=strength, seed=seed, **kwargs)
        self.range_db = range_db

    def change(self, images: Any) -> Any:
        """(batch, frames, mels) -> the same, recorded elsewhere."""
        batch = ops.shape(images)[0]
        frames = images.shape[1]
        mels = images.shape[2]
        response_db = self.strength * self._smooth_curves(batch, mels, 6.0)[:, None, :]
        # Silence has no level: it must not become sound when the loudest cell is turned down.
        speech_db = ops.where(
            images > 0, (images - 1.0) * self.range_db + response_db, _NO_SOUND_DB
        )
        level_db = self._uniform((batch, 1, 1), -60.0, -60.0 + 50.0 * min(self.strength, 1.0))
        # Half of the clips stay clean.
        level_db = ops.where(self._uniform((batch, 1, 1)) < 0.5, level_db, _NO_SOUND_DB)
        ripple_db = 2.0 * keras.random.normal((batch, frames, mels), seed=self.generator)
        noise_db = level_db + self._smooth_curves(batch, mels, 10.0)[:, None, :] + ripple_db
        mixed_db = ops.logaddexp(speech_db * _NEPERS, noise_db * _NEPERS) / _NEPERS
        loudest = ops.max(mixed_db, axis=(1, 2), keepdims=True)
        return ops.clip(1.0 + (mixed_db - loudest) / self.range_db, 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "range_db": self.range_db}

    def _smooth_curves(self, batch: Any, mels: int, amplitude_db: float) -> Any:
        # A tilt and two waves over the bands: (batch, mels).
        bands = np.linspace(0.0, 1.0, mels)
        shapes = np.stack(
            [2.0 * bands - 1.0, np.cos(2.0 * np.pi * bands), np.sin(2.0 * np.pi * bands)]
        )
        weights = self._uniform((batch, 3), -amplitude_db / 2.0, amplitude_db / 2.0)
        return ops.matmul(weights, ops.convert_to_tensor(shapes, dtype="float32"))


@keras.saving.register_keras_serializable(package="plumbline")
class SpectrogramMasks(_TrainingOnly):
    """SpecAugment without warping (Park et al. 2019, section 2).

    Blanks two bands of frequency and two stretches of time.

    Args:
        widest_band: Mel bands that one mask covers at most, at strength 1.
        widest_stretch: Frames that one mask covers at most, at strength 1.
        strength: Scales both.
        seed: Of the layer's own random stream.
    """

    def __init__(
        self, *, widest_band: int, widest_stretch: int, strength: float, seed: int, **kwargs: Any
    ) -> None:
        super().__init__(strength=strength, seed=seed, **kwargs)
        self.widest_band = widest_band
        self.widest_stretch = widest_stretch

    def change(self, images: Any) -> Any:
        """(batch, frames, mels) -> the same with blanks."""
        batch = ops.shape(images)[0]
        kept = ops.ones_like(images[:, :1, :1])
        for _ in range(2):
            kept *= self._outside(batch, images.shape[1], self.widest_stretch)[:, :, None]
            kept *= self._outside(batch, images.shape[2], self.widest_band)[:, None, :]
        return images * kept

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "widest_band": self.widest_band,
            "widest_stretch": self.widest_stretch,
        }

    def _outside(self, batch: Any, size: int, widest: int) -> Any:
        width = self._uniform((batch, 1), 0.0, widest * self.strength)
        start = self._uniform((batch, 1)) * (size - width)
        cells = ops.arange(size, dtype="float32")
        return ops.cast((cells < start) | (cells >= start + width), "float32")


_NEPERS = float(np.log(10.0) / 10.0)  # a decibel, as a natural logarithm of power
_NO_SOUND_DB = -200.0


def _mel(hertz: float) -> float:
    return float(1127.0 * np.log1p(hertz / 700.0))


def _interpolation(positions: Any, size: int) -> Any:
    # (batch, m) fractional cells -> (batch, m, size) weights of linear interpolation; cells outside
    # count as silence.
    cells = ops.arange(size, dtype="float32")
    return ops.relu(1.0 - ops.abs(positions[:, :, None] - cells))
