"""What was made of what: fingerprints of files and folders, and of this repository's code."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__all__ = ["code_fingerprint", "fingerprint_path"]

_REPOSITORY = Path(__file__).resolve().parents[2]
_CODE_SUFFIXES = frozenset({".py", ".html", ".css"})
_BLOCK_BYTES = 2**20


def fingerprint_path(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes, or of the names and bytes of all files below a folder."""
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(item for item in path.rglob("*") if item.is_file()):
            name = str(file.relative_to(path))
            digest.update(name.encode() + b"\0" + fingerprint_path(file).encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(_BLOCK_BYTES), b""):
            digest.update(block)
    return digest.hexdigest()


@cache
def code_fingerprint(*folders: str) -> str:
    """SHA-256 (hex) over the Python, HTML and CSS files below `folders`.

    Args:
        *folders: Relative to the repository's root.
    """
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted((_REPOSITORY / folder).rglob("*")):
            if file.suffix in _CODE_SUFFIXES:
                name = str(file.relative_to(_REPOSITORY))
                digest.update(name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
