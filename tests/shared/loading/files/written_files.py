"""Files of users, as a test writes them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["written"]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file of that name and content in the folder."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
