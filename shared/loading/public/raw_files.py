"""Finding a dataset's raw files, wherever an archive or a user has put them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from shared.errors import DataError
from shared.loading.files.user_files import files_below
from shared.run.fingerprints import fingerprint_path

__all__ = ["file_checksum", "fingerprint_files", "missing_files", "search"]

_SHOWN = 8


def search(folders: Sequence[Path], *patterns: str) -> tuple[Path, ...]:
    """All files below the folders whose names match one of the glob patterns, sorted by path.

    Hidden ones are left out.
    """
    named = (
        file
        for folder in folders
        for file in files_below(folder)
        if any(fnmatchcase(file.name, pattern) for pattern in patterns)
    )
    return tuple(sorted({file for file in named if file.is_file()}))


def missing_files(folders: Sequence[Path], expected: str) -> DataError:
    """The error for folders that lack what a dataset needs.

    Says what was expected and lists what there is.

    Args:
        folders: Where was looked.
        expected: What should be there, as in "a folder `recordings` of WAV files".
    """
    there = [
        item.name + ("/" if item.is_dir() else "")
        for folder in folders
        for item in sorted(folder.iterdir())
    ]
    shown = ", ".join(there[:_SHOWN]) + (
        f", … ({len(there)} in all)" if len(there) > _SHOWN else ""
    )
    return DataError(
        f"{', '.join(map(str, folders))}: expected {expected}; there is {shown or 'nothing'}."
    )


def fingerprint_files(files: Sequence[Path], root: Path) -> str:
    """SHA-256 (hex) over names below `root` and contents.

    So that another copy is never mistaken for this one.
    """
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(root).as_posix()}\0{fingerprint_path(file)}\n".encode())
    return digest.hexdigest()


def file_checksum(path: Path, algorithm: str) -> str:
    """A file's checksum (hex) by the algorithm that its makers chose: "md5" or "sha256"."""
    with path.open("rb") as stream:
        return hashlib.file_digest(
            stream, lambda: hashlib.new(algorithm, usedforsecurity=False)
        ).hexdigest()
