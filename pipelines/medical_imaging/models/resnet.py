"""A residual network (He et al. 2016) small enough for two processor cores.

Dense 3×3 convolutions, few layers.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.models.families import ImageModelConfig
from pipelines.medical_imaging.reading.pixels import IMAGE
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: MedicalConfig, target: Target) -> keras.Model:
    """`image` (batch, height, width, 3) uint8 -> logits (batch, classes) float32."""
    image = keras.Input(
        (config.data.image_height_px, config.data.image_width_px, 3), dtype="uint8", name=IMAGE
    )
    features = layers.Rescaling(1.0 / 127.5, offset=-1.0, name="rescale")(image)
    for augment in _augmentations(config.model, config.train.seed):
        features = augment(features)
    features = _convolve(features, config.model.stem_channels, stride=2, name="stem")
    features = layers.ReLU(name="stem_relu")(features)
    for stage, channels in enumerate(config.model.stage_channels):
        for block in range(config.model.blocks_per_stage):
            features = _residual_block(
                features, channels, stride=2 if block == 0 else 1, name=f"stage{stage}_block{block}"
            )
    features = layers.GlobalAveragePooling2D(name="pool")(features)
    features = layers.Dropout(config.model.dropout, seed=config.train.seed + 4, name="dropout")(
        features
    )
    logits = layers.Dense(target.shape[0], dtype="float32", name="logits")(features)
    return keras.Model({IMAGE: image}, logits, name="medical_imaging")


def _augmentations(model: ImageModelConfig, seed: int) -> list[keras.layers.Layer]:
    """Layers that act in training only, on values in [-1, 1]."""
    chosen: list[keras.layers.Layer] = []
    if model.flip != "none":
        chosen.append(layers.RandomFlip(model.flip, seed=seed, name="augment_flip"))
    if model.rotation_degrees > 0.0:
        # Keras counts in full turns.
        turn = layers.RandomRotation(
            model.rotation_degrees / 360.0,
            fill_mode="reflect",
            seed=seed + 1,
            name="augment_rotation",
        )
        chosen.append(turn)
    if model.brightness > 0.0:
        light = layers.RandomBrightness(
            model.brightness, value_range=(-1.0, 1.0), seed=seed + 2, name="augment_brightness"
        )
        chosen.append(light)
    if model.contrast > 0.0:
        contrast = layers.RandomContrast(
            model.contrast, value_range=(-1.0, 1.0), seed=seed + 3, name="augment_contrast"
        )
        chosen.append(contrast)
    return chosen


def _residual_block(features: Any, channels: int, *, stride: int, name: str) -> Any:
    """Two convolutions beside a shortcut.

    The shortcut is pooled and projected where the shape changes (He et al. 2019, ResNet-D).
    """
    branch = _convolve(features, channels, stride=stride, name=f"{name}_conv0")
    branch = layers.ReLU(name=f"{name}_relu0")(branch)
    branch = _convolve(branch, channels, stride=1, name=f"{name}_conv1")
    shortcut = features
    if stride > 1:
        shortcut = layers.AveragePooling2D(stride, padding="same", name=f"{name}_shortcut_pool")(
            shortcut
        )
    if shortcut.shape[-1] != channels:
        shortcut = _convolve(shortcut, channels, stride=1, kernel=1, name=f"{name}_shortcut")
    return layers.ReLU(name=f"{name}_relu1")(layers.Add(name=f"{name}_add")([branch, shortcut]))


def _convolve(features: Any, channels: int, *, stride: int, name: str, kernel: int = 3) -> Any:
    features = layers.Conv2D(
        channels,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(features)
    # Synchronised: two replicas with half a batch each take the same step as one with the whole
    # batch. A run has only a few hundred steps, too few for the default momentum of 0.99.
    return layers.BatchNormalization(momentum=0.9, synchronized=True, name=f"{name}_norm")(features)
