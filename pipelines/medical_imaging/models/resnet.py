"""A residual network (He et al. 2016) small enough for two processor cores.

Dense 3×3 convolutions, few layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import keras
from keras import layers

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.models.convolutions import convolve
from pipelines.medical_imaging.models.families import ResnetConfig
from pipelines.medical_imaging.models.frame import classify
from shared.targets import Target

__all__ = ["build_model"]


def build_model(config: MedicalConfig, target: Target) -> keras.Model:
    """`image` (batch, height, width, 3) uint8 -> logits (batch, classes) float32."""
    settings = cast("ResnetConfig", config.model)  # of this file's family
    strides = settings.strides(config.data.shorter_px)
    return classify(config, target, lambda pixels: _see(pixels, settings, strides))


def _see(pixels: Any, settings: ResnetConfig, strides: Sequence[int]) -> Any:
    """Pixels -> features (batch, channels of the last stage)."""
    features = convolve(pixels, settings.stem_channels, stride=strides[0], name="stem")
    features = layers.ReLU(name="stem_relu")(features)
    stages = zip(settings.stage_channels, strides[1:], strict=True)
    for stage, (channels, stride) in enumerate(stages):
        for block in range(settings.blocks_per_stage):
            features = _residual_block(
                features,
                channels,
                stride=stride if block == 0 else 1,
                name=f"stage{stage}_block{block}",
            )
    return layers.GlobalAveragePooling2D(name="pool")(features)


def _residual_block(features: Any, channels: int, *, stride: int, name: str) -> Any:
    """Two convolutions beside a shortcut.

    The shortcut is pooled and projected where the shape changes (He et al. 2019, ResNet-D).
    """
    branch = convolve(features, channels, stride=stride, name=f"{name}_conv0")
    branch = layers.ReLU(name=f"{name}_relu0")(branch)
    branch = convolve(branch, channels, stride=1, name=f"{name}_conv1")
    shortcut = features
    if stride > 1:
        shortcut = layers.AveragePooling2D(stride, padding="same", name=f"{name}_shortcut_pool")(
            shortcut
        )
    if shortcut.shape[-1] != channels:
        shortcut = convolve(shortcut, channels, stride=1, kernel=1, name=f"{name}_shortcut")
    return layers.ReLU(name=f"{name}_relu1")(layers.Add(name=f"{name}_add")([branch, shortcut]))
