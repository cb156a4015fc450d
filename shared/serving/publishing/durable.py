"""Writing so that a crash, or a power cut, leaves the old or the new, and nothing in between."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

__all__ = ["HIDDEN", "remove_left_overs", "rename_durably", "write_durably"]

HIDDEN = ".publishing-"
"""Begins names of what is being written. A server looks at folders with integer names only."""


def write_durably(path: Path, text: str) -> None:
    """Put a UTF-8 text file in its place by renaming, once it is on disk.

    Raises:
        OSError: It can't be written; what was there before stays.
    """
    temporary = path.with_name(f"{HIDDEN}{path.name}")
    temporary.unlink(missing_ok=True)  # of a publisher that was killed
    try:
        with temporary.open("x", encoding="utf-8") as stream:  # never through somebody's link
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(path.parent)


def rename_durably(written: Path, final: Path) -> None:
    """Let a whole folder appear under its name, once all that is in it is on disk.

    Raises:
        OSError: It can't be synchronised, or the name is taken.
    """
    for folder, _, names in os.walk(written):
        for name in names:
            _sync(Path(folder, name))
        _sync(Path(folder))
    written.rename(final)
    _sync(final.parent)


def remove_left_overs(folder: Path) -> list[Path]:
    """Remove what a publisher that crashed was writing into a folder; returns what it was.

    Raises:
        OSError: It can't be removed.
    """
    found = sorted(folder.glob(f"{HIDDEN}*"))
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return found


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
