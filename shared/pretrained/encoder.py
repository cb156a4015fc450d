"""Pretrained encoders as Keras layers, by way of KerasHub.

A model file that holds one can be loaded only where this module was imported, since that registers
KerasHub's classes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from shared.errors import ConfigError
from shared.pretrained.checkpoint import find_encoder
from shared.pretrained.hubs import install_hint
from shared.pretrained.layers import ENCODER
from shared.pretrained.layouts import CONFIG_FILE, read_layout

try:
    import keras_hub
except ImportError as missing:
    raise ConfigError(install_hint("KerasHub", missing)) from missing

__all__ = ["load_encoder", "pixel_scaling"]

_NEAR_HALF = 0.01


def load_encoder(source: str) -> keras.Model:
    """The encoder with its pretrained weights, called `encoder`.

    Args:
        source: `model.encoder`.

    Raises:
        ConfigError: It can't be found, or its files are no encoder that KerasHub knows.
    """
    folder = _checked_folder(source)
    options = _trained_with(json.loads((folder / CONFIG_FILE).read_bytes()))
    backbone = _converted(
        lambda: keras_hub.models.Backbone.from_preset(str(folder), **options),
        f"model.encoder: KerasHub can't load the encoder in {folder}",
    )
    outputs = backbone.output
    if isinstance(outputs, dict):  # of texts; its other output is the first piece's, pooled
        outputs = outputs["sequence_output"]
    # Saved layer by layer: what KerasHub keeps of a backbone's settings is not all of them (an
    # EfficientNet's number of features is lost).
    return keras.Model(backbone.input, outputs, name=ENCODER)


def _checked_folder(source: str) -> Path:
    folder = find_encoder(source)
    read_layout(folder)  # refuses what is none, and what names classes of others
    return folder


def _converted(convert: Callable[[], Any], trouble: str) -> Any:
    """What KerasHub makes of files; which errors it raises on bad ones is not said anywhere."""
    try:
        return convert()
    except ImportError as error:
        raise ConfigError(f"{trouble}: {install_hint('safetensors', error)}") from error
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"{trouble} ({reason})") from error


def _trained_with(config: Mapping[str, Any]) -> dict[str, Any]:
    """What timm's `config.json` leaves out about an EfficientNet that TensorFlow trained.

    Its convolutions pad as TensorFlow does and its batch normalisation adds 1e-3, where PyTorch
    pads evenly and adds 1e-5. Such weights want pixels in [-1, 1]; those of PyTorch want ImageNet's
    mean (timm, `efficientnet.py`: IMAGENET_INCEPTION_MEAN for the variants `tf_`).
    """
    means = config.get("pretrained_cfg", {}).get("mean", ())
    is_tensorflow = bool(means) and all(abs(mean - 0.5) < _NEAR_HALF for mean in means)
    if not is_tensorflow or not str(config.get("architecture")).startswith("efficientnet"):
        return {}
    return {
        "include_stem_padding": False,
        "stem_conv_padding": "same",
        "batch_norm_epsilon": 1e-3,
    }


def pixel_scaling(source: str) -> tuple[list[float], list[float]]:
    """What an encoder of images wants: pixels in [0, 255] × scale + offset, three channels each.

    Args:
        source: `model.encoder`.

    Raises:
        ConfigError: Its files do not say.
    """
    folder = _checked_folder(source)
    converter = _converted(
        lambda: keras_hub.layers.ImageConverter.from_preset(str(folder)),
        f"model.encoder: the files in {folder} do not say which pixels the encoder wants; expected"
        " pretrained_cfg in config.json (timm), image_converter.json (KerasHub) or"
        " preprocessor_config.json (Hugging Face)",
    )
    scale = 1.0 if converter.scale is None else converter.scale
    offset = 0.0 if converter.offset is None else converter.offset
    return _per_channel(scale), _per_channel(offset)


def _per_channel(values: Any) -> list[float]:
    spread = [values] * 3 if isinstance(values, int | float) else list(values)
    return [float(value) for value in spread]
