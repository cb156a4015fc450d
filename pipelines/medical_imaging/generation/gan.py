"""A conditional GAN for few images: spectral normalisation, differentiable augmentation.

The discriminator's layers are held to a slope of 1 (spectral normalisation: Miyato et al. 2018); it
is told the class by projection (Miyato & Koyama 2018, eq. 3) and sees nothing, made or real, that
is not augmented, so that it can't learn the few real images by heart (Zhao et al. 2020, eq. 4 and
5). Losses are hinges (Miyato et al. 2018, eq. 16 and 17).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from numpy.typing import NDArray

from pipelines.medical_imaging.generation.augmentation import augment, drawn_augmentation
from pipelines.medical_imaging.generation.settings import MedicalTrainConfig
from pipelines.medical_imaging.generation.small_images import IMAGES_A_STEP, SmallImages

__all__ = ["build_discriminator", "build_generator", "sample_gan"]

_NOISE_SIZE = 64
_CLASS_SIZE = 32
_CHANNELS = (128, 64, 32)
_GROUPS = 8
_LEARNING_RATE = 2e-4
_FIRST_MOMENT, _SECOND_MOMENT = 0.0, 0.9  # Miyato et al. 2018, table 1, setting B
_AVERAGING = 0.99
_IMAGES_AT_ONCE = 64


def sample_gan(
    settings: MedicalTrainConfig, images: SmallImages, classes: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Fit on all images, and make one of each class asked for, (n, height, width, 3).

    Args:
        settings: Steps and seed.
        images: The training split.
        classes: (n,) int64.
    """
    generator = np.random.default_rng([settings.seed, 302])
    maker = _fitted(settings, images, generator)
    parts = []
    for start in range(0, len(classes), _IMAGES_AT_ONCE):
        wanted = classes[start : start + _IMAGES_AT_ONCE]
        noise = generator.normal(size=(len(wanted), _NOISE_SIZE)).astype(np.float32)
        made = maker([noise, wanted.astype(np.int32)], training=False)
        parts.append(np.rint((np.asarray(made) + 1.0) * 127.5).astype(np.uint8))
    return np.concatenate(parts)


def _fitted(
    settings: MedicalTrainConfig, images: SmallImages, generator: np.random.Generator
) -> keras.Model:
    height, width, _ = images.pixels.shape[1:]
    maker = build_generator(height, width, images.num_classes)
    critic = build_discriminator(height, width, images.num_classes)
    step = _training_step(maker, critic)
    averages = [np.asarray(weight) for weight in maker.trainable_variables]
    momentum = min(_AVERAGING, 1.0 - 2.0 / (settings.synthesize_steps + 2.0))
    for real, classes in images.batches(settings.synthesize_steps, generator):
        noise = generator.normal(size=(2, IMAGES_A_STEP, _NOISE_SIZE)).astype(np.float32)
        changes = [drawn_augmentation(IMAGES_A_STEP, height, width, generator) for _ in range(3)]
        step(real, classes.astype(np.int32), noise, changes)
        for place, weight in enumerate(maker.trainable_variables):
            averages[place] = momentum * averages[place] + (1.0 - momentum) * np.asarray(weight)
    for average, weight in zip(averages, maker.trainable_variables, strict=True):
        weight.assign(average)
    return maker


def _training_step(maker: keras.Model, critic: keras.Model) -> Callable[..., None]:
    """One step of the discriminator, then one of the generator."""
    of_maker, of_critic = (_optimizer(model) for model in (maker, critic))

    @tf.function(autograph=False)
    def step(real: Any, classes: Any, noise: Any, changes: Any) -> None:
        made = maker([noise[0], classes], training=True)
        with tf.GradientTape() as tape:
            of_real = critic([augment(real, changes[0]), classes], training=True)
            of_made = critic([augment(made, changes[1]), classes], training=True)
            hinges = tf.nn.relu(1.0 - of_real) + tf.nn.relu(1.0 + of_made)
            loss = tf.reduce_mean(hinges)
        of_critic.apply(tape.gradient(loss, critic.trainable_variables))
        with tf.GradientTape() as tape:
            made = maker([noise[1], classes], training=True)
            loss = -tf.reduce_mean(critic([augment(made, changes[2]), classes], training=False))
        of_maker.apply(tape.gradient(loss, maker.trainable_variables))

    checked: Callable[..., None] = step
    return checked


def _optimizer(model: keras.Model) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.Adam(_LEARNING_RATE, _FIRST_MOMENT, _SECOND_MOMENT)
    optimizer.build(model.trainable_variables)
    return optimizer


def build_generator(height: int, width: int, num_classes: int) -> keras.Model:
    """Noise (batch, 64) and classes (batch,) -> images (batch, height, width, 3) in [-1, 1].

    Height and width are divisible by 8.
    """
    noise = keras.Input((_NOISE_SIZE,), name="noise")
    classes = keras.Input((), dtype="int32", name="class")
    of_class = layers.Embedding(num_classes, _CLASS_SIZE)(classes)
    hidden = layers.Concatenate()([noise, of_class])
    hidden = layers.Dense(height // 8 * (width // 8) * _CHANNELS[0])(hidden)
    hidden = layers.Reshape((height // 8, width // 8, _CHANNELS[0]))(hidden)
    for channels in _CHANNELS:
        hidden = layers.UpSampling2D(interpolation="nearest")(hidden)
        hidden = layers.Conv2D(channels, 3, padding="same")(hidden)
        hidden = ops.relu(layers.GroupNormalization(_GROUPS)(hidden))
    image = layers.Conv2D(3, 3, padding="same", activation="tanh", name="image")(hidden)
    return keras.Model([noise, classes], image, name="generator")


def build_discriminator(height: int, width: int, num_classes: int) -> keras.Model:
    """Images (batch, height, width, 3) and classes (batch,) -> how real they are, (batch,)."""
    image = keras.Input((height, width, 3), name="image")
    classes = keras.Input((), dtype="int32", name="class")
    hidden = image
    for channels in reversed(_CHANNELS):
        convolution = layers.Conv2D(channels, 4, strides=2, padding="same")
        hidden = layers.SpectralNormalization(convolution)(hidden)
        hidden = ops.leaky_relu(hidden, negative_slope=0.1)
    features = ops.sum(hidden, axis=(1, 2))  # (batch, channels)
    plain = layers.SpectralNormalization(layers.Dense(1))(features)[:, 0]
    # A dense layer of one-hot classes: no slope comes through a normalised Embedding.
    hot = ops.one_hot(classes, num_classes)
    of_class = layers.SpectralNormalization(layers.Dense(_CHANNELS[0], use_bias=False))(hot)
    return keras.Model([image, classes], plain + ops.sum(of_class * features, axis=1))
