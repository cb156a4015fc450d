"""Fitting the mask network on the training split."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.speech.config import SpeechConfig
from pipelines.speech.denoising.mask import LEAST_MAGNITUDE, build_denoiser, magnitudes
from pipelines.speech.denoising.noisy_clips import add_noise_and_rooms
from pipelines.speech.spectra import window_samples
from shared.contract import Examples
from shared.loading.batches.preparation import as_tensors

__all__ = ["fit_denoiser"]

_CLIPS_A_STEP = 16
_LEARNING_RATE = 5e-3
_MOST_BYTES = 128 * 2**20
_CHUNK_CLIPS = 64
_LEAST_POWER = LEAST_MAGNITUDE**2  # silence is half speech and half noise


def fit_denoiser(config: SpeechConfig, train: Examples, decode: keras.Model) -> keras.Model:
    """`waveform` (batch, samples) -> the cleaned waveform; frozen.

    Of clips of the training split in rooms and noise, the mask learns the ideal one (Wang et al.
    2014, "On training targets for supervised speech separation", eq. 3): √(S² / (S² + N²)), with
    magnitudes S of the clip as it was and N of all that was added to it.

    Args:
        config: Steps, seed, rate.
        train: The training split: its speakers are in no other one.
        decode: Wire -> `waveform`.
    """
    seed = config.train.seed
    rate_hz = config.data.sample_rate_hz
    clips = _decoded_clips(train, decode, seed=seed)
    denoiser = build_denoiser(clips.shape[1], sample_rate_hz=rate_hz, seed=seed + 211)
    window = window_samples(rate_hz)
    step = _training_step(denoiser, window, config.data.denoise_steps)
    generator = np.random.default_rng([seed, 211, len(clips)])
    for _ in range(config.data.denoise_steps):
        chosen = clips[generator.integers(0, len(clips), _CLIPS_A_STEP)].astype(np.float64)
        noisy = add_noise_and_rooms(chosen, generator, sample_rate_hz=rate_hz)
        step(tf.constant(noisy, tf.float32), tf.constant(chosen, tf.float32))
    denoiser.trainable = False
    return keras.Model(denoiser.input, denoiser.output[0], name=denoiser.name)


def _decoded_clips(train: Examples, decode: keras.Model, *, seed: int) -> NDArray[np.float32]:
    """(clips, samples): the training split, or a sample of it that fits into memory."""
    num_samples = int(decode.output["waveform"].shape[1])
    most = max(_CLIPS_A_STEP, _MOST_BYTES // (4 * num_samples))
    rows = np.arange(len(train))
    if len(rows) > most:
        drawn = np.random.default_rng([seed, 212]).choice(rows, most, replace=False)
        rows = np.sort(drawn)
    chunks = [rows[start : start + _CHUNK_CLIPS] for start in range(0, len(rows), _CHUNK_CLIPS)]
    traced = tf.function(
        lambda wire: decode(wire, training=False), reduce_retracing=True, autograph=False
    )
    return np.concatenate([traced(as_tensors(train.rows(c)))["waveform"].numpy() for c in chunks])


def _training_step(denoiser: keras.Model, window: int, num_steps: int) -> Any:
    """(noisy, clean): changes the weights."""
    pace = keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, num_steps)
    optimizer = keras.optimizers.Adam(pace)
    optimizer.build(denoiser.trainable_variables)

    @tf.function(autograph=False)
    def step(noisy: Any, clean: Any) -> None:
        speech = tf.square(magnitudes(clean, window))
        added = tf.square(magnitudes(noisy - clean, window))
        ideal = tf.sqrt((speech + _LEAST_POWER) / (speech + added + 2.0 * _LEAST_POWER))
        with tf.GradientTape() as tape:
            _, mask = denoiser(noisy, training=True)
            loss = tf.reduce_mean(keras.losses.binary_crossentropy(ideal, mask))
        optimizer.apply(tape.gradient(loss, denoiser.trainable_variables))

    return step
