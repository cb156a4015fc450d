"""What every family has around its network: images before it, logits behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers, ops

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.augment import BackgroundNoise, SpeakerWarp, SpectrogramMasks
from pipelines.speech.models.log_mel import LOWEST_HZ
from pipelines.speech.preprocess import num_frames
from shared.networks.mixing import RowMixing
from shared.targets import Target

__all__ = ["ClipNormalization", "classify_clips", "logits", "masked", "mixed", "warped"]

_WIDEST_MASK_SHARE = 0.2  # of the bands
_WIDEST_MASK_SECONDS = 0.1


def classify_clips(
    config: SpeechConfig, target: Target, network: Callable[[Any, Any], Any]
) -> keras.Model:
    """`log_mel` (batch, frames, mels) float32 in [0, 1] -> logits (batch, classes) float32.

    Args:
        config: Size of the image, augmentation, seed.
        target: What the logits are of.
        network: Normalised images (batch, frames, mels), and 1 on frames with sound (batch,
            frames), else 0 -> features (batch, any).
    """
    log_mel = keras.Input((num_frames(config), config.front_end.num_mels), name="log_mel")
    images = mixed(log_mel, config)
    sounding = ops.cast(ops.max(images, axis=2) > 0, "float32")
    features = network(_augmented(images, config), sounding)
    return keras.Model({"log_mel": log_mel}, logits(features, config, target), name="speech")


def logits(features: Any, config: SpeechConfig, target: Target) -> Any:
    """Features of a clip (batch, any) -> logits (batch, classes) float32."""
    features = layers.Dropout(config.model.dropout, seed=config.train.seed + 4)(features)
    return layers.Dense(target.shape[0], dtype="float32", name="scores")(features)


@keras.saving.register_keras_serializable(package="plumbline")
class ClipNormalization(keras.layers.Layer):
    """Shifts and scales each image by mean and standard deviation of its own frames with sound.

    Silence becomes 0.
    """

    def call(self, images: Any) -> Any:
        """(batch, frames, mels) in [0, 1] -> the same shape, mean 0, standard deviation 1."""
        sounding = ops.cast(
            ops.max(images, axis=2, keepdims=True) > 0, images.dtype
        )  # (batch, frames, 1)
        num_cells = (
            ops.maximum(ops.sum(sounding, axis=(1, 2), keepdims=True), 1.0) * images.shape[2]
        )
        centred = (
            images - ops.sum(images * sounding, axis=(1, 2), keepdims=True) / num_cells
        ) * sounding
        variance = ops.sum(ops.square(centred), axis=(1, 2), keepdims=True) / num_cells
        return centred / ops.sqrt(variance + 1e-4)


def mixed(images: Any, config: SpeechConfig) -> Any:
    """In training, images that are mixed with each other, if that is switched on."""
    alpha = config.model.mixup_alpha
    if alpha == 0.0:
        return images
    return RowMixing(mixup_alpha=alpha, seed=config.train.seed + 101, name="mixing")(images)


def _augmented(images: Any, config: SpeechConfig) -> Any:
    strength = config.model.augmentation
    seed = config.train.seed
    images = BackgroundNoise(
        range_db=config.front_end.range_db,
        strength=strength,
        seed=seed + 2,
        name="background_noise",
    )(warped(images, config))
    images = ClipNormalization(name="clip_normalization")(images)
    return masked(images, config)


def warped(images: Any, config: SpeechConfig) -> Any:
    """In training, images as of another speaker."""
    return SpeakerWarp(
        sample_rate_hz=config.data.sample_rate_hz,
        lowest_hz=LOWEST_HZ,
        strength=config.model.augmentation,
        seed=config.train.seed + 1,
        name="speaker_warp",
    )(images)


def masked(images: Any, config: SpeechConfig) -> Any:
    """In training, normalised images with bands and stretches blanked."""
    # Masks come after normalisation: 0 is the clip's mean then, the least telling value.
    return SpectrogramMasks(
        widest_band=round(_WIDEST_MASK_SHARE * config.front_end.num_mels),
        widest_stretch=round(_WIDEST_MASK_SECONDS / config.front_end.hop_seconds),
        strength=config.model.augmentation,
        seed=config.train.seed + 3,
        name="spectrogram_masks",
    )(images)
