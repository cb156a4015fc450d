"""An encoder that was trained on other images, and a new last layer."""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import layers

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.models.families import PretrainedConfig
from pipelines.medical_imaging.models.frame import classify
from shared.errors import ConfigError
from shared.pretrained.encoder import load_encoder, pixel_scaling
from shared.pretrained.layers import freeze
from shared.targets import Target

__all__ = ["build_model"]

_HALF_RANGE = 127.5
"""What [-1, 1] is stretched by to be pixels."""


def build_model(config: MedicalConfig, target: Target) -> keras.Model:
    """`image` (batch, height, width, 3) uint8 -> logits (batch, classes) float32.

    Raises:
        ConfigError: The encoder can't be found, or is none of images.
    """
    settings = cast("PretrainedConfig", config.model)  # of this file's family
    encoder = load_encoder(settings.encoder)
    _require_images(encoder, settings.encoder)
    freeze(encoder, settings.frozen_share)
    scaling = pixel_scaling(settings.encoder)
    return classify(config, target, lambda pixels: _see(pixels, encoder, scaling))


def _require_images(encoder: keras.Model, source: str) -> None:
    shapes = [tuple(tensor.shape) for tensor in encoder.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][-1] != 3:
        raise ConfigError(
            f"model.encoder: {source!r} is no encoder of images: expected one input (batch, height,"
            f" width, 3), received {', '.join(map(str, shapes))}"
        )


def _see(pixels: Any, encoder: keras.Model, scaling: tuple[list[float], list[float]]) -> Any:
    """Pixels -> features (batch, any)."""
    scale, offset = scaling
    scale = [_HALF_RANGE * each for each in scale]
    offset = [each + half for each, half in zip(offset, scale, strict=True)]
    pixels = layers.Rescaling(scale, offset=offset, name="as_pretrained")(pixels)
    height, width = encoder.inputs[0].shape[1:3]
    if height is not None and (height, width) != tuple(pixels.shape[1:3]):
        # A transformer whose places are those of one size.
        pixels = layers.Resizing(height, width, name="resize")(pixels)
    features = encoder(pixels)
    if len(features.shape) == 4:
        return layers.GlobalAveragePooling2D(name="pool")(features)
    return layers.GlobalAveragePooling1D(name="pool")(features)
