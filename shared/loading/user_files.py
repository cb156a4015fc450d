"""The user's files as they lie on disk: which there are, and their bytes, whatever pretends to be a file."""

from __future__ import annotations

import lzma
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from shared.errors import DataError
from shared.loading.contents import ContentFile

__all__ = ["DECODER_ERRORS", "files_below", "read_file"]

DECODER_ERRORS: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)
"""What third-party decoders raise when a file is damaged or made to harm: they were written for files that are as they should be.
Catch it around one decoder's call on one file alone, where nothing of ours can hide in it."""

_LARGEST_FILE_BYTES = 2**32  # no single picture, recording or text comes near 4 GiB


def files_below(folder: Path) -> Iterator[Path]:
    """Everything below a folder that is no folder, by name, without hidden entries.

    Links to folders are followed, each folder once, so that a loop ends. What can't be opened later (a pipe, a link to nothing) is
    listed too: it shall be named, not overlooked.
    """
    yield from _files_below(folder, set())


def read_file(path: ContentFile, *, limit_bytes: int = _LARGEST_FILE_BYTES) -> bytes:
    """The bytes of a regular file.

    Args:
        path: The file; a pipe or device would never end, and is refused.
        limit_bytes: A larger file is refused before it is read.

    Raises:
        DataError: Says in half a sentence what is wrong, without naming the file.
    """
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise DataError("it is not a regular file")
        if state.st_size > limit_bytes:
            raise DataError(f"it has {state.st_size / 2**20:,.0f} MiB, more than the permitted {limit_bytes / 2**20:,.0f}")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"it can't be read ({error.strerror})") from error
    except ValueError as error:  # a NUL character in the name, which a table may hold
        if isinstance(error, DataError):
            raise
        raise DataError(f"it can't be read ({error})") from error


def _files_below(folder: Path, entered: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        state = folder.stat()
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names sort as text, as users see them
    except OSError as error:
        raise DataError(f"{folder}: the folder can't be read ({error.strerror}).") from error
    if (state.st_dev, state.st_ino) in entered:
        return
    entered.add((state.st_dev, state.st_ino))
    for name in names:
        path = folder / name
        if name.startswith("."):
            continue
        if path.is_dir():
            yield from _files_below(path, entered)
        else:
            yield path
