"""The three layouts in which pretrained encoders are kept, told apart by their `config.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.errors import ConfigError

__all__ = ["CONFIG_FILE", "FILES", "WEIGHTS", "read_layout"]

CONFIG_FILE = "config.json"
WEIGHTS = ("*.safetensors", "*.weights.h5")
"""Plain numbers. Other files of weights are pickles, and reading one may run what it holds."""

FILES = (
    "*.json",
    *WEIGHTS,
    "assets/*",
    "vocab.txt",
    "LICENSE*",
    "README.md",
)
"""All that an encoder needs, as patterns."""

_LARGEST_CONFIG_BYTES = 2**20

_MADE_INTO_OBJECTS = (CONFIG_FILE, "image_converter.json", "preprocessor.json")
_TRUSTED = ("keras", "keras_hub")

_LAYOUTS = (
    ("registered_name", "KerasHub"),
    ("model_type", "Hugging Face"),
    ("architecture", "timm"),
)
"""The key of `config.json` by which a layout is known, and its name."""


def read_layout(folder: Path) -> tuple[str, str]:
    """Layout and architecture of the encoder in a folder.

    Raises:
        ConfigError: `config.json` is missing, damaged, or of no known layout.
    """
    config = _read_config(folder / CONFIG_FILE)
    for key, layout in _LAYOUTS:
        if key in config:
            _refuse_other_classes(folder)
            return layout, str(config[key])
    keys = ", ".join(key for key, _ in _LAYOUTS)
    raise ConfigError(
        f"model.encoder: {folder / CONFIG_FILE} is of no layout that can be read: expected one of"
        f" the keys {keys}, received {', '.join(list(config)[:5]) or 'none'}"
    )


def _read_config(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_CONFIG_BYTES:
            raise ConfigError(f"model.encoder: {path} has more than {_LARGEST_CONFIG_BYTES} bytes")
        config = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ConfigError(
            f"model.encoder: {path.parent} holds no {path.name}. Give the folder of an encoder, as"
            " Hugging Face, timm or KerasHub save it"
        ) from error
    except OSError as error:
        raise ConfigError(f"model.encoder: {path} can't be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"model.encoder: {path} is not JSON ({error})") from error
    if not isinstance(config, dict):
        raise ConfigError(f"model.encoder: {path} holds no JSON object")
    return config


def _refuse_other_classes(folder: Path) -> None:
    """Files that Keras makes objects of name classes, and to make one imports its module."""
    for path in sorted(folder.glob("*.json")):
        if path.name not in _MADE_INTO_OBJECTS:
            continue
        for module in _modules(_read_config(path)):
            if module.partition(".")[0] not in _TRUSTED:
                raise ConfigError(
                    f"model.encoder: {path} asks for a class of {module!r}; only those of"
                    f" {' and '.join(_TRUSTED)} are loaded"
                )


def _modules(tree: Any) -> Iterator[str]:
    """All that a serialised object and its parts name as their module."""
    if isinstance(tree, list):
        for item in tree:
            yield from _modules(item)
    if isinstance(tree, dict):
        if isinstance(tree.get("module"), str):
            yield tree["module"]
        for value in tree.values():
            yield from _modules(value)
