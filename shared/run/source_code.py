"""Which code made a file: a fingerprint over source folders of this repository."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__all__ = ["code_fingerprint"]

_REPOSITORY = Path(__file__).resolve().parents[2]


@cache
def code_fingerprint(*folders: str) -> str:
    """SHA-256 (hex) over the Python, HTML and CSS files below `folders`, which are relative to the repository's root."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted((_REPOSITORY / folder).rglob("*")):
            if file.suffix in {".py", ".html", ".css"}:
                digest.update(
                    str(file.relative_to(_REPOSITORY)).encode() + b"\0" + file.read_bytes()
                )
    return digest.hexdigest()
