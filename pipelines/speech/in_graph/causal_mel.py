"""Waveform -> log-mel image of which each frame knows only what was before."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from pipelines.speech.models.causal import CEILING_DB, FLOOR_DB
from pipelines.speech.models.log_mel import emphasised, level_db, mel_power

__all__ = ["FRAMES_OF_A_STEP", "CausalMel"]

FRAMES_OF_A_STEP = 4
"""A causal network halves time twice."""


@keras.saving.register_keras_serializable(package="plumbline")
class CausalMel(keras.layers.Layer):
    """Log-mel spectrogram in decibels of full scale, whose frames end where a hop ends.

    0 is 16-bit rounding, 1 is 20 dB above full scale in one band. Nothing is trimmed or scaled by
    what comes later, as `LogMel` does.

    Args:
        sample_rate_hz: Rate of the waveform.
        frame_seconds: Length of a Hann-windowed frame.
        hop_seconds: Distance between frames.
        num_mels: Bands, as of `LogMel`.
        num_frames: Of a clip, from its beginning.
    """

    def __init__(
        self,
        *,
        sample_rate_hz: int,
        frame_seconds: float,
        hop_seconds: float,
        num_mels: int,
        num_frames: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sample_rate_hz = sample_rate_hz
        self.frame_seconds = frame_seconds
        self.hop_seconds = hop_seconds
        self.num_mels = num_mels
        self.num_frames = num_frames

    @property
    def hop_samples(self) -> int:
        """Samples from one frame to the next."""
        return round(self.hop_seconds * self.sample_rate_hz)

    @property
    def heard_again(self) -> int:
        """Samples before the first hop that its frame sees; one more for the emphasis."""
        return self._frame_samples - self.hop_samples + 1

    def call(self, waveform: Any) -> Any:
        """(batch, samples) float32 -> (batch, num_frames, mels) float32 in [0, 1]."""
        heard = waveform[:, : self.num_frames * self.hop_samples]
        return self.of_piece(tf.pad(heard, [[0, 0], [self.heard_again, 0]]))

    def of_piece(self, waveform: Any) -> Any:
        """(batch, heard_again + n hops) -> (batch, n, mels): a piece with what was before it."""
        power = mel_power(
            emphasised(waveform),
            frame_samples=self._frame_samples,
            hop_samples=self.hop_samples,
            num_mels=self.num_mels,
            sample_rate_hz=self.sample_rate_hz,
        )
        scaled = (level_db(power) - FLOOR_DB) / (CEILING_DB - FLOOR_DB)
        return tf.clip_by_value(scaled, 0.0, 1.0)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch, samples) -> (batch, num_frames, mels)."""
        return (input_shape[0], self.num_frames, self.num_mels)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "sample_rate_hz": self.sample_rate_hz,
            "frame_seconds": self.frame_seconds,
            "hop_seconds": self.hop_seconds,
            "num_mels": self.num_mels,
            "num_frames": self.num_frames,
        }

    @property
    def _frame_samples(self) -> int:
        return round(self.frame_seconds * self.sample_rate_hz)
