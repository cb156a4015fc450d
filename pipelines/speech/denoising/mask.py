"""The mask network: noisy waveform -> the same with less noise."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers

from pipelines.speech.spectra import window_samples

__all__ = ["LEAST_MAGNITUDE", "ClipLevels", "MaskedSpectrum", "build_denoiser", "magnitudes"]

_CHANNELS = 64
_KERNEL_FRAMES = 5
_DILATIONS = (1, 2, 4, 8)
_LEAST_GAIN = 0.1
"""20 dB: what is taken away more thoroughly leaves lone tones behind (Berouti et al. 1979)."""

# Rounding to 16 bits is a noise of (1 / 32768) / √12; a Hann window of 256 samples adds it up to
# √(0.375 · 256) times that, 8.6e-5.
LEAST_MAGNITUDE = 1e-4
"""Magnitude in a short-time spectrum below which there is silence."""

_SPREAD = 3.0  # nepers: about that of speech in a quiet room


def build_denoiser(num_samples: int, *, sample_rate_hz: int, seed: int) -> keras.Model:
    """`waveform` (batch, samples) float32 -> the same shape, cleaned; and the mask.

    Residual dilated convolutions over time look at log magnitudes, and give each cell of the
    short-time spectrum a gain (Wang & Chen 2018, "Supervised speech separation based on deep
    learning", section III). Phases stay. Each clip is treated by itself, however loud it is.

    Args:
        num_samples: Of a clip.
        sample_rate_hz: Decides the window, about 32 ms.
        seed: Of the first weights.
    """
    window = window_samples(sample_rate_hz)
    waveform = keras.Input((num_samples,), name="waveform", dtype="float32")
    levels = ClipLevels(window, name="levels")(waveform)
    hidden = _convolved(levels, seed, frames=1)
    for number, dilation in enumerate(_DILATIONS, start=1):
        changed = layers.LayerNormalization()(hidden)
        changed = _convolved(changed, seed + number, frames=_KERNEL_FRAMES, dilation=dilation)
        hidden = layers.Add()([hidden, changed])
    drawn = keras.initializers.GlorotUniform(seed=seed + len(_DILATIONS) + 1)
    mask = layers.Dense(
        window // 2 + 1, activation="sigmoid", kernel_initializer=drawn, name="mask"
    )(hidden)
    cleaned = MaskedSpectrum(window, name="cleaned")([waveform, mask])
    return keras.Model(waveform, [cleaned, mask], name="denoiser")


def magnitudes(waveform: Any, window: int) -> Any:
    """(batch, samples) -> (batch, frames, window // 2 + 1) of the short-time spectrum."""
    return tf.abs(_spectrum(waveform, window))


@keras.saving.register_keras_serializable(package="plumbline")
class ClipLevels(keras.layers.Layer):
    """Log magnitudes of the short-time spectrum, less their mean: over the clip, and of each bin.

    The second tells what sticks out of a steady noise.

    Args:
        window: Samples of a Hann window; two begin in the time of one.
    """

    def __init__(self, window: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.window = window

    def call(self, waveform: Any) -> Any:
        """(batch, samples) -> (batch, frames, 2 · (window // 2 + 1)), most within ± 3."""
        levels = tf.math.log(magnitudes(waveform, self.window) + LEAST_MAGNITUDE)
        of_bins = tf.reduce_mean(levels, axis=1, keepdims=True)
        of_clip = tf.reduce_mean(of_bins, axis=2, keepdims=True)
        return tf.concat([levels - of_clip, levels - of_bins], axis=2) / _SPREAD

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "window": self.window}


@keras.saving.register_keras_serializable(package="plumbline")
class MaskedSpectrum(keras.layers.Layer):
    """Waveform and mask -> the waveform whose short-time spectrum has these gains.

    A mask of ones gives the waveform back.

    Args:
        window: As of `ClipLevels`.
    """

    def __init__(self, window: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.window = window

    def call(self, inputs: Any) -> Any:
        """(batch, samples) and (batch, frames, window // 2 + 1) in [0, 1] -> (batch, samples)."""
        waveform, mask = inputs
        hop = self.window // 2
        masked = _spectrum(waveform, self.window) * tf.cast(_gains(mask), tf.complex64)
        synthesis = tf.signal.inverse_stft_window_fn(hop)
        whole = tf.signal.inverse_stft(masked, self.window, hop, window_fn=synthesis)
        return whole[:, self.window : self.window + waveform.shape[1]]

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """That of the waveform."""
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "window": self.window}


def _gains(mask: Any) -> Any:
    """What a mask in [0, 1] multiplies magnitudes by."""
    return _LEAST_GAIN + (1.0 - _LEAST_GAIN) * mask


def _spectrum(waveform: Any, window: int) -> Any:
    # Silence around the clip, so that all samples lie in as many windows.
    padded = tf.pad(waveform, [[0, 0], [window, window]])
    return tf.signal.stft(padded, window, window // 2, window, pad_end=True)


def _convolved(hidden: Any, seed: int, *, frames: int, dilation: int = 1) -> Any:
    return layers.Conv1D(
        _CHANNELS,
        frames,
        padding="same",
        dilation_rate=dilation,
        activation="relu",
        kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
    )(hidden)
