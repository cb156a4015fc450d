"""Heavy parts that not everyone needs, and the command that adds one where it is missed."""

from __future__ import annotations

import shlex
import sys

__all__ = ["EXTRAS", "install_command"]

EXTRAS = {
    "tfds": ("tensorflow-datasets>=4.9.10",),
    "dicom": ("pydicom>=3.0",),
    "pretrained": ("keras-hub>=0.32,<0.33", "safetensors>=0.8"),
}
"""What each extra of `pyproject.toml` installs; a test compares them."""


def install_command(extra: str) -> str:
    """The command that adds an extra to this environment, ready to paste.

    Let no punctuation follow it.
    """
    return shlex.join([sys.executable, "-m", "pip", "install", *EXTRAS[extra]])
