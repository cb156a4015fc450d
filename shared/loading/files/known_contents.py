"""What examining files revealed, remembered by their content.

So that the next run reads them but does not decode them again.

A file is known by the digest of its bytes, never by its name or date: whatever was changed is
examined again.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.config import DataConfig
from shared.run.fingerprints import code_fingerprint

__all__ = ["KnownContents", "open_known"]

_MOST_FILES = 8
"""Kept in the folder, the newest: each set of settings and each version of the code has a file of
its own."""


class KnownContents:
    """Facts by digest, read from a JSON file when made and written back by `save`.

    A file that is missing or damaged is an empty one: facts are only ever a way to be faster.

    Args:
        path: The file; None remembers nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._facts: dict[str, dict[str, Any]] = {} if path is None else _read(path)
        self._num_read = len(self._facts)

    def get(self, digest: str) -> Mapping[str, Any] | None:
        """What was remembered of content with this digest; None if nothing was."""
        return self._facts.get(digest)

    def remember(self, digest: str, facts: Mapping[str, Any]) -> None:
        """Remember plain JSON values of content with this digest."""
        if self._path is not None:
            self._facts[digest] = dict(facts)

    def save(self) -> None:
        """Write what is new, at once.

        Does nothing where the folder can't be written, since nothing depends on it.
        """
        if self._path is None or len(self._facts) == self._num_read:
            return
        facts = json.dumps(self._facts, sort_keys=True)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=self._path.parent, encoding="utf-8", delete=False
            ) as stream:
                stream.write(f"{_checksum(facts)}\n{facts}\n")
            Path(stream.name).replace(self._path)
            _forget_oldest(self._path.parent)
        except OSError:
            return
        self._num_read = len(self._facts)


def open_known(data: DataConfig, *, kind: str, code: tuple[str, ...]) -> KnownContents:
    """What runs with these settings and this code remember.

    Args:
        data: Its `cache_dir` says where; `cache_disk_limit_mib=0` remembers nothing.
        kind: Of content, such as "images"; names the folder.
        code: Source folders that decide what examining reveals, relative to the repository.
    """
    if data.cache_disk_limit_mib == 0:
        return KnownContents(None)
    settings = data.model_copy(update={"source": ""}).decisive()
    name = hashlib.sha256(f"{settings}\n{code_fingerprint(*code)}".encode()).hexdigest()[:32]
    return KnownContents(Path(data.cache_dir) / kind / f"{name}.json")


def _forget_oldest(folder: Path) -> None:
    by_age = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    for old in by_age[:-_MOST_FILES]:
        old.unlink()


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        checksum, _, facts = path.read_text(encoding="utf-8").rstrip("\n").partition("\n")
    except (OSError, UnicodeDecodeError):
        return {}
    if _checksum(facts) != checksum:
        return {}
    known: dict[str, dict[str, Any]] = json.loads(facts)
    return known


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
