"""Downloads of pretrained encoders into the caches of their hubs."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.config.setting_text import set_option
from shared.errors import ConfigError
from shared.extras import install_command
from shared.pretrained.layouts import FILES

__all__ = ["download", "install_hint", "is_address"]

_HUGGING_FACE = "hf://"
_KAGGLE = "kaggle://"


def is_address(source: str) -> bool:
    """Whether it names a place on a hub, not a folder or a preset."""
    return source.startswith((_HUGGING_FACE, _KAGGLE))


def install_hint(package: str, error: ImportError) -> str:
    """How to install what pretrained encoders need, as a sentence."""
    return (
        f"Pretrained encoders need {package} ({error}). Install it: {install_command('pretrained')}"
    )


def download(source: str) -> Path:
    """The folder in which a hub's client keeps the files of an encoder.

    What is there already is not fetched again.

    Args:
        source: `hf://…`, `kaggle://…`, or the name of a KerasHub preset.

    Raises:
        ConfigError: There is no such encoder, or no connection.
    """
    address = source if is_address(source) else _address_of_preset(source)
    fetch: Callable[[str], str] = _from_hugging_face
    if address.startswith(_KAGGLE):
        fetch = _from_kaggle
    try:
        return Path(fetch(address.partition("://")[2]))
    except Exception as error:  # two clients' own, of HTTP, of sockets: no class is common to all
        raise ConfigError(
            f"model.encoder: {source!r} can't be fetched ({_first_line(error)}). Without a"
            f" connection, copy its files ({', '.join(FILES)}: those that it has) into a folder,"
            f" and name that: {set_option('model.encoder', 'FOLDER')}"
        ) from error


def _address_of_preset(name: str) -> str:
    presets = _package("keras_hub").models.Backbone.presets
    if name not in presets:
        raise ConfigError(
            f"model.encoder: there is no folder {name!r}, and KerasHub has no preset of that name."
            f" Give a folder with config.json and weights: {set_option('model.encoder', 'FOLDER')}"
        )
    address: str = presets[name]["kaggle_handle"]
    return address


def _from_hugging_face(repository: str) -> str:
    folder: str = _package("huggingface_hub").snapshot_download(
        repository, allow_patterns=list(FILES)
    )
    return folder


def _from_kaggle(handle: str) -> str:
    folder: str = _package("kagglehub").model_download(handle)
    return folder


def _package(name: str) -> Any:
    """Heavy, and not installed everywhere."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(install_hint(name, error)) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
