"""Log-mel image -> logits.

Small residual convolutions over frequency and time, then over time alone.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.augment import BackgroundNoise, SpeakerWarp, SpectrogramMasks
from pipelines.speech.models.log_mel import LOWEST_HZ
from pipelines.speech.preprocess import num_frames
from shared.targets import Target

__all__ = ["ClipNormalization", "build_model"]

_WIDEST_MASK_SHARE = 0.2  # of the bands
_WIDEST_MASK_SECONDS = 0.1


def build_model(config: SpeechConfig, target: Target) -> keras.Model:
    """`log_mel` (batch, frames, mels) float32 in [0, 1] -> logits (batch, classes) float32.

    The first blocks see frequency and time alike, so that a formant is recognised wherever a vocal
    tract puts it; measured on held-out speakers, this is worth more than anything else here. The
    last ones are a residual network over time (TC-ResNet, Choi et al. 2019), and speech is read
    from the mean and the maximum over time, so that it may be anywhere.
    """
    frames = num_frames(config)
    mels = config.front_end.num_mels
    log_mel = keras.Input((frames, mels), name="log_mel")
    hidden = _augmented(log_mel, config)
    hidden = layers.Reshape((frames, mels, 1))(hidden)
    width = config.model.stem_channels
    hidden = _reduced(hidden, width, kernel=5, strides=2)  # (batch, frames/2, mels/2, width)
    for time_stride in (2, 1):
        hidden = _image_block(hidden, width)
        width *= 2
        hidden = _reduced(hidden, width, kernel=3, strides=(time_stride, 2))
    _, steps, bands, _ = hidden.shape
    hidden = layers.Reshape((steps, bands * width))(hidden)  # (batch, frames/4, mels/8 × width)
    hidden = layers.Conv1D(config.model.channels, 1, use_bias=False)(hidden)
    for block in range(config.model.num_blocks):
        hidden = _temporal_block(hidden, config.model.channels, dilation=2 ** (block % 3))
    hidden = _activated(hidden)
    pooled = layers.Concatenate()(
        [layers.GlobalAveragePooling1D()(hidden), layers.GlobalMaxPooling1D()(hidden)]
    )
    pooled = layers.Dropout(config.model.dropout, seed=config.train.seed + 4)(pooled)
    scores = layers.Dense(target.shape[0], dtype="float32", name="scores")(pooled)
    return keras.Model({"log_mel": log_mel}, scores, name="speech")


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


def _augmented(images: Any, config: SpeechConfig) -> Any:
    strength = config.model.augmentation
    seed = config.train.seed
    images = SpeakerWarp(
        sample_rate_hz=config.data.sample_rate_hz,
        lowest_hz=LOWEST_HZ,
        strength=strength,
        seed=seed + 1,
        name="speaker_warp",
    )(images)
    images = BackgroundNoise(
        range_db=config.front_end.range_db,
        strength=strength,
        seed=seed + 2,
        name="background_noise",
    )(images)
    images = ClipNormalization(name="clip_normalization")(images)
    # Masks come after normalisation: 0 is the clip's mean then, the least telling value.
    return SpectrogramMasks(
        widest_band=round(_WIDEST_MASK_SHARE * config.front_end.num_mels),
        widest_stretch=round(_WIDEST_MASK_SECONDS / config.front_end.hop_seconds),
        strength=strength,
        seed=seed + 3,
        name="spectrogram_masks",
    )(images)


def _reduced(hidden: Any, width: int, *, kernel: int, strides: int | tuple[int, int]) -> Any:
    convolve = layers.Conv2D(width, kernel, strides=strides, padding="same", use_bias=False)
    return _activated(convolve(hidden))


def _image_block(hidden: Any, width: int) -> Any:
    inner = _activated(layers.Conv2D(width, 3, padding="same", use_bias=False)(hidden))
    inner = _normalised(layers.Conv2D(width, 3, padding="same", use_bias=False)(inner))
    return layers.ReLU()(layers.Add()([hidden, inner]))


def _temporal_block(hidden: Any, channels: int, dilation: int) -> Any:
    inner = layers.Conv1D(channels, 5, padding="same", dilation_rate=dilation, use_bias=False)(
        _activated(hidden)
    )
    inner = layers.Conv1D(channels, 5, padding="same", use_bias=False)(_activated(inner))
    return layers.Add()([hidden, inner])


def _activated(hidden: Any) -> Any:
    return layers.ReLU()(_normalised(hidden))


def _normalised(hidden: Any) -> Any:
    # Synchronised: several replicas then learn what one would. A batch shapes training only, never
    # a prediction. Short memory, because small data takes few steps; a batch already averages over
    # all frames and bands.
    return layers.BatchNormalization(momentum=0.9, synchronized=True)(hidden)
