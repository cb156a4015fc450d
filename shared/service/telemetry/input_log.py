"""Inputs kept as files, a folder a day, as `monitor RUN --input FOLDER` reads them.

Only models whose input is one string: texts, images and recordings. The windows of a series have no
times of day, without which nobody can read them again.
"""

from __future__ import annotations

import itertools
import logging
from datetime import UTC, datetime
from pathlib import Path

from shared.errors import UserError
from shared.service.models.endpoint import Endpoint
from shared.service.wire.tensors import STRING, Arrays

__all__ = ["InputLog", "can_be_logged"]

_LOG = logging.getLogger("plumbline.serve")
_MOST_FILES = 100_000
"""While one server runs: a disk is finite, and so is what `monitor` needs."""

_SUFFIXES = (
    (b"RIFF", ".wav"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG", ".png"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
)


def can_be_logged(endpoint: Endpoint) -> bool:
    """Whether the endpoint's input is one string."""
    specs = list(endpoint.inputs.values())
    return len(specs) == 1 and specs[0].number == STRING and specs[0].shape == (None,)


class InputLog:
    """A folder that inputs are put into.

    Args:
        folder: It; made here, for its owner only.

    Raises:
        UserError: It can't be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"Inputs can't be kept in {folder}: {error.strerror}. Choose another folder."
            ) from error

    def keep(self, model: str, endpoint: Endpoint, inputs: Arrays) -> None:
        """Keep each row of a request that was answered."""
        if not can_be_logged(endpoint):
            return
        now = datetime.now(UTC)
        folder = self._folder / model / f"{now:%Y-%m-%d}"
        (values,) = inputs.values()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for content in values.tolist():
                number = next(self._numbers)
                if number == _MOST_FILES:
                    _LOG.warning("%s inputs are kept; no more are.", f"{_MOST_FILES:,}")
                if number >= _MOST_FILES:
                    return
                path = folder / f"{now:%H%M%S}-{number:06d}{_suffix(content, endpoint)}"
                path.write_bytes(content)
        except OSError as error:  # a full disk stops no answer
            _LOG.warning("An input can't be kept: %s", error)


def _suffix(content: bytes, endpoint: Endpoint) -> str:
    found = (suffix for beginning, suffix in _SUFFIXES if content.startswith(beginning))
    is_text = not next(iter(endpoint.inputs)).endswith("_bytes")
    return next(found, ".txt" if is_text else ".bin")
