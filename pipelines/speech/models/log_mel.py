"""Waveform -> log-mel image."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

__all__ = [
    "LOWEST_HZ",
    "SOUND_FRAMES",
    "LogMel",
    "SoundFrames",
    "emphasised",
    "level_db",
    "mel_power",
]

LOWEST_HZ = 60.0
"""Lower edge of the lowest mel band."""

SOUND_FRAMES = "sound_frames"
"""What `SoundFrames` gives, among the tensors of a run that cleans its clips."""

_PRE_EMPHASIS = 0.97
# Power of the rounding to 16 bits, (1 / 32768)² / 12, rounded up: digital silence stays at the
# floor instead of being amplified.
_ABSOLUTE_FLOOR = 1e-10


@keras.saving.register_keras_serializable(package="plumbline")
class LogMel(keras.layers.Layer):
    """Log-mel spectrogram relative to the clip's loudest cell, trimmed, speech in the middle.

    0 is `range_db` or more below the loudest cell of the clip, 1 is that cell; what was trimmed is
    0. (Keras' MelSpectrogram clips against the loudest value of the *batch*, which would make rows
    depend on their neighbours.)

    Args:
        sample_rate_hz: Rate of the waveform.
        frame_seconds: Length of a Hann-windowed frame.
        hop_seconds: Distance between frames.
        num_mels: Bands, spaced evenly in mel (HTK formula) from 60 Hz to half the sample rate.
        range_db: Dynamic range that is kept.
        trim_db: Frames this far below the loudest frame are cut off at both ends, as they hold no
            speech.
    """

    def __init__(
        self,
        *,
        sample_rate_hz: int,
        frame_seconds: float,
        hop_seconds: float,
        num_mels: int,
        range_db: float,
        trim_db: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sample_rate_hz = sample_rate_hz
        self.frame_seconds = frame_seconds
        self.hop_seconds = hop_seconds
        self.num_mels = num_mels
        self.range_db = range_db
        self.trim_db = trim_db

    def sound_frames(self, waveform: Any) -> tuple[Any, Any]:
        """The first and the last frame that is kept, (batch, 1) int32 each, as in the waveform."""
        power = self._mel_power(waveform)
        return self._ends(tf.reduce_sum(power, axis=2))

    @property
    def _frame_samples(self) -> int:
        return round(self.frame_seconds * self.sample_rate_hz)

    @property
    def _hop_samples(self) -> int:
        return round(self.hop_seconds * self.sample_rate_hz)

    def call(self, waveform: Any) -> Any:
        """(batch, samples) float32 -> (batch, frames, mels) float32 in [0, 1]."""
        power = self._mel_power(waveform)  # (batch, frames, mels)
        level = level_db(power)
        loudest = tf.reduce_max(level, axis=(1, 2), keepdims=True)
        scaled = tf.clip_by_value(1.0 + (level - loudest) / self.range_db, 0.0, 1.0)
        return self._trimmed(scaled, tf.reduce_sum(power, axis=2))

    def _mel_power(self, waveform: Any) -> Any:
        return mel_power(
            emphasised(tf.pad(waveform, [[0, 0], [1, 0]])),
            frame_samples=self._frame_samples,
            hop_samples=self._hop_samples,
            num_mels=self.num_mels,
            sample_rate_hz=self.sample_rate_hz,
        )

    def _ends(self, energy: Any) -> tuple[Any, Any]:
        num_frames = int(energy.shape[1])
        threshold = tf.reduce_max(energy, axis=1, keepdims=True) * 10.0 ** (-self.trim_db / 10.0)
        speech = energy >= threshold  # (batch, frames)
        positions = tf.range(num_frames)
        first = tf.reduce_min(tf.where(speech, positions, num_frames), axis=1, keepdims=True)
        last = tf.reduce_max(tf.where(speech, positions, -1), axis=1, keepdims=True)
        return first, last

    def _trimmed(self, scaled: Any, energy: Any) -> Any:
        num_frames = int(scaled.shape[1])
        first, last = self._ends(energy)
        positions = tf.range(num_frames)
        wanted = (
            positions + (first + last - (num_frames - 1)) // 2
        )  # (batch, frames): the frame that moves to each place
        inside = (wanted >= first) & (wanted <= last)
        moved = tf.gather(scaled, tf.clip_by_value(wanted, 0, num_frames - 1), axis=1, batch_dims=1)
        return tf.where(inside[:, :, None], moved, 0.0)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch, samples) -> (batch, frames, mels)."""
        samples = input_shape[1] or 0
        return (
            input_shape[0],
            1 + (samples - self._frame_samples) // self._hop_samples,
            self.num_mels,
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "sample_rate_hz": self.sample_rate_hz,
            "frame_seconds": self.frame_seconds,
            "hop_seconds": self.hop_seconds,
            "num_mels": self.num_mels,
            "range_db": self.range_db,
            "trim_db": self.trim_db,
        }


@keras.saving.register_keras_serializable(package="plumbline")
class SoundFrames(LogMel):
    """The first and the last frame that the image of a clip keeps, as `LogMel` has them."""

    def call(self, waveform: Any) -> Any:
        """(batch, samples) float32 -> (batch, 2) int32."""
        return tf.concat(self.sound_frames(waveform), axis=1)

    def compute_output_spec(self, waveform: Any) -> keras.KerasTensor:
        """Whole numbers, although the input is not."""
        return keras.KerasTensor((waveform.shape[0], 2), dtype="int32")


def emphasised(waveform: Any) -> Any:
    """Each sample but the first less most of the one before: (batch, n) -> (batch, n − 1)."""
    return waveform[:, 1:] - _PRE_EMPHASIS * waveform[:, :-1]


def mel_power(
    waveform: Any, *, frame_samples: int, hop_samples: int, num_mels: int, sample_rate_hz: int
) -> Any:
    """(batch, samples) -> power in bands (batch, frames, mels); arguments are those of `LogMel`."""
    fft_samples = int(2 ** (frame_samples - 1).bit_length())
    spectrum = tf.signal.stft(waveform, frame_samples, hop_samples, fft_samples)
    # Normalised by the window's energy, so that levels do not change with the frame length.
    power = tf.square(tf.abs(spectrum)) / (0.375 * frame_samples)
    top = sample_rate_hz / 2.0
    bands = tf.signal.linear_to_mel_weight_matrix(
        num_mels, power.shape[-1], float(sample_rate_hz), LOWEST_HZ, top
    )
    return tf.matmul(power, bands)


def level_db(power: Any) -> Any:
    """Power -> decibels, at least -100."""
    return 10.0 * tf.math.log(power + _ABSOLUTE_FLOOR) / tf.math.log(10.0)
