"""The pipelines of this repository: name -> module, imported only when asked for."""

from __future__ import annotations

import difflib
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import ConfigError

if TYPE_CHECKING:
    from shared.contract import Pipeline

__all__ = ["NAMES", "folder_name", "get_pipeline", "presets_folder"]

NAMES: dict[str, str] = {
    "medical_imaging": "pipelines.medical_imaging",
    "sentiment": "pipelines.sentiment",
    "speech": "pipelines.speech",
    "time_series": "pipelines.time_series",
}
"""A new pipeline is one folder and one line here."""


def folder_name(name: str) -> str:
    """A pipeline's name as its folder has it; hyphens count as underscores.

    Raises:
        ConfigError: There is no such pipeline.
    """
    folder = name.replace("-", "_")
    if folder not in NAMES:
        close = difflib.get_close_matches(folder, NAMES, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise ConfigError(f"There is no pipeline {name!r}.{hint} Pipelines: {', '.join(NAMES)}.")
    return folder


def get_pipeline(name: str) -> Pipeline:
    """Import the record of one pipeline.

    Raises:
        ConfigError: There is no such pipeline.
    """
    pipeline: Pipeline = importlib.import_module(NAMES[folder_name(name)]).PIPELINE
    return pipeline


def presets_folder(name: str) -> Path:
    """The folder of a pipeline's preset files."""
    return Path(__file__).parent / name.replace("-", "_") / "presets"
