"""A conditional diffusion model: noise is taken off step by step (Ho et al. 2020).

    q(x_t | x_0) = N(√ᾱ_t x_0, (1 - ᾱ_t) I)          (eq. 4)
    loss = |ε - ε_θ(√ᾱ_t x_0 + √(1 - ᾱ_t) ε, t, c)|²   (eq. 14)

ᾱ follows the cosine of Nichol & Dhariwal 2021 (eq. 17). One network learns with and without the
class, so that sampling can go further in its direction (Ho & Salimans 2022, algorithm 1 and 2).
Sampled is in few steps without noise (DDIM: Song et al. 2021, eq. 12, σ = 0).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.medical_imaging.generation.settings import MedicalTrainConfig
from pipelines.medical_imaging.generation.small_images import IMAGES_A_STEP, SmallImages
from pipelines.medical_imaging.generation.unet import build_unet

__all__ = ["kept_share", "sample_diffusion"]

_LEARNING_RATE = 1e-3
_AVERAGING = 0.995
"""Of the weights that sample: those of single steps are noisy."""
_WITHOUT_CLASS = 0.1  # Ho & Salimans 2022, section 4.1: 0.1 and 0.2 serve alike
_SAMPLING_STEPS = 25
_IMAGES_AT_ONCE = 64
_OFFSET = 0.008  # s of the cosine

_Denoise = Callable[[Any, Any, Any], Any]
"""(images, time in [0, 1], class) -> the noise in them."""


def kept_share(time: NDArray[np.float64]) -> NDArray[np.float64]:
    """ᾱ: which share of the power is still the image's, at times from 0 (all) to 1 (none)."""
    angle = (time + _OFFSET) / (1.0 + _OFFSET) * np.pi / 2.0
    start = np.cos(_OFFSET / (1.0 + _OFFSET) * np.pi / 2.0) ** 2
    # Not quite 0 and 1, because both are divided by.
    return np.asarray(np.clip(np.cos(angle) ** 2 / start, 1e-4, 1.0 - 1e-4))


def sample_diffusion(
    settings: MedicalTrainConfig, images: SmallImages, classes: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Fit on all images, and make one of each class asked for, (n, height, width, 3).

    Args:
        settings: Steps, guidance, seed.
        images: The training split.
        classes: (n,) int64.
    """
    generator = np.random.default_rng([settings.seed, 301])
    network = _fitted(settings, images, generator)
    nothing = images.num_classes  # the class that stands for none
    weight = settings.synthesize_guidance

    @tf.function(reduce_retracing=True, autograph=False)
    def guided(noisy: Any, time: Any, wanted: Any) -> Any:
        with_class = network([noisy, time, wanted], training=False)
        if weight == 0.0:
            return with_class
        without = network([noisy, time, tf.fill(tf.shape(wanted), nothing)], training=False)
        return (1.0 + weight) * with_class - weight * without

    shape = images.pixels.shape[1:]
    parts = [
        _sampled(guided, classes[start : start + _IMAGES_AT_ONCE], shape, generator)
        for start in range(0, len(classes), _IMAGES_AT_ONCE)
    ]
    return np.concatenate(parts)


def _fitted(
    settings: MedicalTrainConfig, images: SmallImages, generator: np.random.Generator
) -> keras.Model:
    """The network with the averaged weights."""
    height, width, _ = images.pixels.shape[1:]
    network = build_unet(height, width, images.num_classes + 1, seed=settings.seed + 301)
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, settings.synthesize_steps),
        clipnorm=1.0,
        use_ema=True,
        ema_momentum=min(_AVERAGING, 1.0 - 2.0 / (settings.synthesize_steps + 2.0)),
    )
    optimizer.build(network.trainable_variables)

    @tf.function(autograph=False)
    def step(noisy: Any, time: Any, classes: Any, noise: Any) -> None:
        with tf.GradientTape() as tape:
            found = network([noisy, time, classes], training=True)
            loss = tf.reduce_mean(tf.square(found - noise))
        optimizer.apply(tape.gradient(loss, network.trainable_variables))

    for clean, classes in images.batches(settings.synthesize_steps, generator):
        time = generator.random(IMAGES_A_STEP)
        noise = generator.normal(size=clean.shape).astype(np.float32)
        kept = kept_share(time).astype(np.float32)[:, None, None, None]
        noisy = np.sqrt(kept) * clean + np.sqrt(1.0 - kept) * noise
        hidden = generator.random(IMAGES_A_STEP) < _WITHOUT_CLASS
        told = np.where(hidden, images.num_classes, classes)
        step(noisy, time.astype(np.float32), told.astype(np.int32), noise)
    optimizer.finalize_variable_values(network.trainable_variables)
    return network


def _sampled(
    denoise: _Denoise,
    classes: NDArray[np.int64],
    shape: tuple[int, ...],
    generator: np.random.Generator,
) -> NDArray[np.uint8]:
    images = generator.normal(size=(len(classes), *shape)).astype(np.float32)
    wanted = tf.constant(classes, tf.int32)
    times = np.linspace(1.0, 0.0, _SAMPLING_STEPS + 1)
    for now, then in pairwise(times):
        kept, kept_then = kept_share(np.array([now, then])).astype(np.float32)
        time = np.full(len(classes), now, np.float32)
        noise = np.asarray(denoise(images, time, wanted))
        clean = np.clip((images - np.sqrt(1.0 - kept) * noise) / np.sqrt(kept), -1.0, 1.0)
        # What would be left of the noise if the clean image were as it is clipped.
        noise = (images - np.sqrt(kept) * clean) / np.sqrt(1.0 - kept)
        images = np.sqrt(kept_then) * clean + np.sqrt(1.0 - kept_then) * noise
    return np.asarray(np.rint((clean + 1.0) * 127.5), np.uint8)
