"""Inputs kept as files, a folder a day, as `monitor RUN --input FOLDER` reads them.

Texts, images and recordings are a file each. All else, such as the windows of a series, is kept as
the tensors of a request.
"""

from __future__ import annotations

import itertools
import logging
from datetime import UTC, datetime
from pathlib import Path

from shared.errors import UserError
from shared.service.models.endpoint import Endpoint
from shared.service.wire.tensors import STRING, Arrays
from shared.serving.kept_rows import KEPT_SUFFIX, write_kept_rows

__all__ = ["InputLog"]

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


def _is_one_file(endpoint: Endpoint) -> bool:
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
        now = datetime.now(UTC)
        folder = self._folder / model / f"{now:%Y-%m-%d}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_one_file(endpoint):
                for content in next(iter(inputs.values())).tolist():
                    self._write(folder, now, _suffix(content, endpoint), content)
            else:
                self._write(folder, now, KEPT_SUFFIX, inputs)
        except OSError as error:  # a full disk stops no answer
            _LOG.warning("An input can't be kept: %s", error)

    def _write(self, folder: Path, now: datetime, suffix: str, content: bytes | Arrays) -> None:
        number = next(self._numbers)
        if number == _MOST_FILES:
            _LOG.warning("%s inputs are kept; no more are.", f"{_MOST_FILES:,}")
        if number >= _MOST_FILES:
            return
        path = folder / f"{now:%H%M%S}-{number:06d}{suffix}"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            write_kept_rows(path, content)


def _suffix(content: bytes, endpoint: Endpoint) -> str:
    found = (suffix for beginning, suffix in _SUFFIXES if content.startswith(beginning))
    is_text = not next(iter(endpoint.inputs)).endswith("_bytes")
    return next(found, ".txt" if is_text else ".bin")
