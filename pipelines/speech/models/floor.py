"""Statistics of log-mel bands over a clip with logistic regression: the floor of speech."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from pipelines.speech.config import SpeechConfig
from shared.contract import Examples
from shared.floors.sampling import fit_on_rows
from shared.floors.scores import FLOOR_LOGITS, floor_model, linear_logits
from shared.targets import Target

__all__ = ["LogMelStatistics", "build_baselines", "fit_floor"]

_NUM_PLACES = 8
_LEAST = 1e-4
"""Added to variances in [0, 1]: silence has a spread, too."""


def build_baselines(config: SpeechConfig, target: Target) -> dict[str, keras.Model]:
    """`band_statistics`: logistic regression on statistics of the log-mel image."""
    log_mel = keras.Input((None, config.front_end.num_mels), name="log_mel")
    statistics = LogMelStatistics(name="floor_statistics")(log_mel)
    return {
        "band_statistics": floor_model(target, "band_statistics", {"log_mel": log_mel}, statistics)
    }


def fit_floor(
    config: SpeechConfig, train: Examples, log_mel_of: keras.Model, log_mel: Any
) -> dict[str, Any]:
    """Fit on the training split and apply it: `floor_logits` (batch, classes) float32.

    Args:
        config: Of the run.
        train: The training split.
        log_mel_of: Wire -> log-mel images.
        log_mel: (batch, frames, mels) float32.
    """
    statistics = LogMelStatistics(name="floor_statistics")

    def describe(wire: Any) -> Any:
        return statistics(log_mel_of(wire, training=False))

    fitted = fit_on_rows(train, describe, seed=config.train.seed)
    return {FLOOR_LOGITS: linear_logits(statistics(log_mel), fitted)}


@keras.saving.register_keras_serializable(package="plumbline")
class LogMelStatistics(keras.layers.Layer):
    """Log-mel images (batch, frames, mels) -> what a clip sounds like on the whole.

    Each image is shifted and scaled by the mean and spread of its own cells with sound, as a
    microphone would not matter. Of each band: the mean at eight places between the first and the
    last sound, however long it is, and the spread; and the logarithm of how many frames sound.
    """

    def call(self, log_mel: Any) -> Any:
        """(batch, 9 · mels + 1)."""
        sounding = tf.cast(tf.reduce_max(log_mel, axis=2, keepdims=True) > 0, tf.float32)
        num_frames = tf.maximum(tf.reduce_sum(sounding, axis=1, keepdims=True), 1.0)
        means = tf.reduce_sum(log_mel * sounding, axis=1, keepdims=True) / num_frames
        centre = tf.reduce_mean(means, axis=2, keepdims=True)
        centred = (log_mel - centre) * sounding
        variance = tf.reduce_sum(tf.square(centred), axis=1, keepdims=True) / num_frames
        scale = tf.sqrt(tf.reduce_mean(variance, axis=2, keepdims=True) + _LEAST)
        of_bands = tf.sqrt(tf.maximum(variance - tf.square(means - centre), 0.0) + _LEAST)
        places = _at_places(centred / scale, sounding, num_frames)
        length = tf.math.log(num_frames[:, :, 0])
        return tf.concat([*places, of_bands[:, 0] / scale[:, 0], length], axis=1)

    def compute_output_spec(self, log_mel: Any) -> keras.KerasTensor:
        """Spares Keras tracing it to find out."""
        width = (_NUM_PLACES + 1) * log_mel.shape[2] + 1
        return keras.KerasTensor((log_mel.shape[0], width), dtype="float32")


def _at_places(values: Any, sounding: Any, num_frames: Any) -> list[Any]:
    """Means of frames (batch, mels) around eight places of the sound, (batch, mels) each."""
    position = tf.cumsum(sounding, axis=1) - 0.5  # frames since the first sound
    place = position / num_frames * (_NUM_PLACES - 1.0)  # (batch, frames, 1)
    means = []
    for number in range(_NUM_PLACES):
        weight = tf.maximum(1.0 - tf.abs(place - number), 0.0) * sounding
        total = tf.maximum(tf.reduce_sum(weight, axis=1), _LEAST)
        means.append(tf.reduce_sum(values * weight, axis=1) / total)
    return means
