"""Inverted bottlenecks with squeeze and excitation (EfficientNet: Tan & Le 2019), small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import keras
from keras import layers

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.models.convolutions import convolve, convolve_depthwise
from pipelines.medical_imaging.models.families import EfficientNetConfig
from pipelines.medical_imaging.models.frame import classify
from shared.targets import Target

__all__ = ["build_model"]

_HEAD_WIDENING = 4
_SQUEEZE = 4  # a quarter of the block's input channels, as in the paper


def build_model(config: MedicalConfig, target: Target) -> keras.Model:
    """`image` (batch, height, width, 3) uint8 -> logits (batch, classes) float32."""
    settings = cast("EfficientNetConfig", config.model)  # of this file's family
    strides = settings.strides(config.data.shorter_px)
    seed = config.train.seed + 5
    return classify(config, target, lambda pixels: _see(pixels, settings, strides, seed=seed))


def _see(pixels: Any, settings: EfficientNetConfig, strides: Sequence[int], *, seed: int) -> Any:
    """Pixels -> features (batch, 4 × channels of the last stage)."""
    features = convolve(pixels, settings.stem_channels, stride=strides[0], name="stem")
    features = layers.Activation("swish", name="stem_swish")(features)
    stages = zip(settings.stage_channels, strides[1:], strict=True)
    for stage, (channels, stride) in enumerate(stages):
        for block in range(settings.blocks_per_stage):
            features = _bottleneck(
                features,
                channels,
                stride=stride if block == 0 else 1,
                # The first block has nothing to widen: its input is the stem's.
                expansion=1 if stage == block == 0 else settings.expansion,
                settings=settings,
                seed=seed + stage * settings.blocks_per_stage + block,
                name=f"stage{stage}_block{block}",
            )
    head = convolve(
        features, _HEAD_WIDENING * settings.stage_channels[-1], stride=1, kernel=1, name="head"
    )
    head = layers.Activation("swish", name="head_swish")(head)
    return layers.GlobalAveragePooling2D(name="pool")(head)


def _bottleneck(
    features: Any,
    channels: int,
    *,
    stride: int,
    expansion: int,
    settings: EfficientNetConfig,
    seed: int,
    name: str,
) -> Any:
    """Widen, convolve each channel by itself, weigh the channels, narrow; beside a shortcut."""
    num_before = features.shape[-1]
    branch = features
    if expansion > 1:
        branch = convolve(branch, expansion * num_before, stride=1, kernel=1, name=f"{name}_widen")
        branch = layers.Activation("swish", name=f"{name}_widen_swish")(branch)
    branch = convolve_depthwise(
        branch, stride=stride, kernel=settings.kernel_px, name=f"{name}_depthwise"
    )
    branch = layers.Activation("swish", name=f"{name}_depthwise_swish")(branch)
    branch = _excite(branch, num_units=max(num_before // _SQUEEZE, 4), name=name)
    is_shifted = settings.expansion == 1
    branch = convolve(
        branch, channels, stride=1, kernel=1, name=f"{name}_narrow", shifted=is_shifted
    )
    if stride > 1 or num_before != channels:
        return branch
    skip = _skip_rows(settings.stochastic_depth, seed=seed, name=f"{name}_skip")
    return layers.Add(name=f"{name}_add")([skip(branch), features])


def _skip_rows(share: float, *, seed: int, name: str) -> keras.layers.Layer:
    """Whole rows skip a block while training.

    Huang et al. (2016), "Deep networks with stochastic depth".
    """
    return layers.Dropout(share, noise_shape=(None, 1, 1, 1), seed=seed, name=name)


def _excite(features: Any, *, num_units: int, name: str) -> Any:
    """Each channel times a weight in (0, 1) that follows from all channels (Hu et al. 2018)."""
    num_channels = features.shape[-1]
    means = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_squeeze")(features)
    means = layers.Dense(num_units, activation="swish", name=f"{name}_reduce")(means)
    weights = layers.Dense(num_channels, activation="sigmoid", name=f"{name}_excite")(means)
    return layers.Multiply(name=f"{name}_weigh")([features, weights])
