"""WAV bytes -> waveform of fixed length -> log-mel image, in stock TensorFlow operations.

The served model therefore takes files as they are. A row depends on its batch by rounding only.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.log_mel import LogMel
from pipelines.speech.reading.recordings import HIGHEST_RATE_HZ, LOWEST_RATE_HZ
from shared.contract import Examples

__all__ = ["DecodeWav", "build_decode", "build_preprocess", "num_frames", "num_samples"]

_ZERO_CROSSINGS = 24
_PASS_BAND = 0.95  # share of the lower Nyquist frequency that is kept when resampling


def num_samples(config: SpeechConfig) -> int:
    """Samples in one decoded row."""
    return round(config.data.row_seconds * config.data.sample_rate_hz)


def num_frames(config: SpeechConfig) -> int:
    """Frames in one log-mel image."""
    frame, hop = (
        round(seconds * config.data.sample_rate_hz)
        for seconds in (config.front_end.frame_seconds, config.front_end.hop_seconds)
    )
    return 1 + (num_samples(config) - frame) // hop


def build_decode(config: SpeechConfig) -> keras.Model:
    """Wire -> row: `wav` (batch,) bytes -> `waveform` (batch, samples) float32 in [-1, 1).

    `wav` are 16-bit PCM WAV files.

    Any sample rate from 1 to 384 kHz and any number of channels. Shorter clips are padded with
    silence on both sides, of longer ones the middle is kept.
    """
    wav = keras.Input((), dtype="string", name="wav")
    waveform = DecodeWav(
        sample_rate_hz=config.data.sample_rate_hz, num_samples=num_samples(config), name="waveform"
    )(wav)
    return keras.Model({"wav": wav}, {"waveform": waveform}, name="decode")


def build_preprocess(config: SpeechConfig, train: Examples) -> keras.Model:
    """Row -> tensors: `waveform` (batch, samples) -> `log_mel` (batch, frames, mels) in [0, 1].

    Nothing is fitted: every clip is scaled by itself, so that neither gain nor the training split
    shapes the features.

    Args:
        config: Front-end settings.
        train: The training split; not needed, see above.
    """
    del train
    waveform = keras.Input((num_samples(config),), name="waveform", dtype="float32")
    settings = config.front_end
    log_mel = LogMel(
        sample_rate_hz=config.data.sample_rate_hz,
        frame_seconds=settings.frame_seconds,
        hop_seconds=settings.hop_seconds,
        num_mels=settings.num_mels,
        range_db=settings.range_db,
        trim_db=settings.trim_db,
        name="log_mel",
    )(waveform)
    return keras.Model({"waveform": waveform}, {"log_mel": log_mel}, name="preprocess")


@keras.saving.register_keras_serializable(package="plumbline")
class DecodeWav(keras.layers.Layer):
    """Decodes, mixes to mono, resamples where needed, and cuts or pads around the middle.

    Clip by clip.

    Args:
        sample_rate_hz: Rate of the result.
        num_samples: Length of the result.
    """

    def __init__(self, *, sample_rate_hz: int, num_samples: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sample_rate_hz = sample_rate_hz
        self.num_samples = num_samples

    def call(self, wav: Any) -> Any:
        """(batch,) bytes -> (batch, num_samples) float32."""
        return tf.map_fn(
            self._decode_one,
            wav,
            fn_output_signature=tf.TensorSpec((self.num_samples,), tf.float32),
        )

    def _decode_one(self, wav: tf.Tensor) -> tf.Tensor:
        audio, rate_hz = tf.audio.decode_wav(wav)  # (samples, channels) float32
        mono = tf.reduce_mean(audio, axis=1)
        rates = f"a WAV file's sample rate must be {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz"
        checks = [
            tf.debugging.assert_greater_equal(rate_hz, LOWEST_RATE_HZ, message=rates),
            tf.debugging.assert_less_equal(rate_hz, HIGHEST_RATE_HZ, message=rates),
            tf.debugging.assert_positive(
                tf.size(mono), message="a WAV file must hold at least one sample"
            ),
        ]
        with tf.control_dependencies(checks):
            same = tf.equal(rate_hz, self.sample_rate_hz)
        # The plain way keeps samples bit for bit, which interpolation at ratio 1 would not.
        return tf.ensure_shape(
            tf.cond(
                same, lambda: self._middle(mono), lambda: self._resampled_middle(mono, rate_hz)
            ),
            (self.num_samples,),
        )

    def _middle(self, mono: tf.Tensor) -> tf.Tensor:
        excess = tf.maximum(tf.size(mono) - self.num_samples, 0)
        kept = mono[excess // 2 : excess // 2 + self.num_samples]
        missing = self.num_samples - tf.size(kept)
        return tf.pad(kept, [[missing // 2, missing - missing // 2]])

    def _resampled_middle(self, mono: tf.Tensor, rate_hz: tf.Tensor) -> tf.Tensor:
        """Band-limited interpolation with a Hann-windowed sinc, at the output's positions only.

        Smith & Gossett (1984).
        """
        ratio = (
            tf.cast(rate_hz, tf.float64) / self.sample_rate_hz
        )  # input samples per output sample
        cutoff = _PASS_BAND / tf.maximum(ratio, 1.0)  # of the input's Nyquist frequency
        half_width = tf.cast(tf.math.ceil(_ZERO_CROSSINGS / cutoff), tf.int32)
        length = tf.cast(tf.round(tf.cast(tf.size(mono), tf.float64) / ratio), tf.int32)
        start = tf.where(
            length > self.num_samples,
            (length - self.num_samples) // 2,
            -((self.num_samples - length) // 2),
        )
        positions = (
            tf.cast(tf.range(self.num_samples) + start, tf.float64) * ratio
        )  # (outputs,), in input samples
        nearest = tf.cast(tf.floor(positions), tf.int32)
        taps = (
            nearest[:, None] + tf.range(1 - half_width, half_width + 1)[None, :]
        )  # (outputs, taps)
        distance = tf.cast(positions[:, None] - tf.cast(taps, tf.float64), tf.float32)
        window = 0.5 + 0.5 * tf.cos(
            3.14159265 * tf.clip_by_value(distance / tf.cast(half_width, tf.float32), -1.0, 1.0)
        )
        scale = tf.cast(cutoff, tf.float32)
        weights = scale * _sinc(scale * distance) * window
        inside = (taps >= 0) & (taps < tf.size(mono))
        values = tf.where(
            inside, tf.gather(mono, tf.clip_by_value(taps, 0, tf.size(mono) - 1)), 0.0
        )
        return tf.reduce_sum(weights * values, axis=1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch,) -> (batch, num_samples)."""
        return (input_shape[0], self.num_samples)

    def compute_output_spec(self, wav: Any) -> keras.KerasTensor:
        """Float samples, although the input is text; spares Keras tracing the loop to find out."""
        return keras.KerasTensor((wav.shape[0], self.num_samples), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "sample_rate_hz": self.sample_rate_hz,
            "num_samples": self.num_samples,
        }


def _sinc(positions: tf.Tensor) -> tf.Tensor:
    angle = 3.14159265 * tf.where(tf.abs(positions) < 1e-6, 1e-6, positions)
    return tf.sin(angle) / angle
