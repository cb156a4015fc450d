"""The user's files as they lie on disk.

Which there are, and their bytes, whatever pretends to be a file.
"""

from __future__ import annotations

import lzma
import os
import stat
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from shared.errors import DataError
from shared.loading.files.contents import ContentFile
from shared.names import path_key, printable

__all__ = [
    "DECODER_ERRORS",
    "ONLY_THE_FORM",
    "files_below",
    "is_leftover",
    "paths_below",
    "printable_name",
    "read_file",
    "why_not_regular",
]

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
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What third-party decoders raise when a file is damaged or made to harm: they were written for
files that are as they should be. Catch it around one decoder's call on one file alone, where
nothing of ours can hide in it."""

ONLY_THE_FORM = (
    "only the form of the name differs (backslashes, case, white space or Unicode form); write it"
    " as the file is called"
)
"""Of a name that no file has, although one has it in another form."""

_LEFTOVERS = frozenset(
    {
        *("__macosx", "__pycache__", "@eadir", "$recycle.bin", "system volume information"),
        *("lost+found", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"),
    }
)
"""What systems and programs leave in folders, in lower case; others hide theirs by a full stop."""

_LARGEST_FILE_BYTES = 2**32  # no single image, recording or text comes near 4 GiB


def is_leftover(name: str) -> bool:
    """Whether an entry of a folder is hidden, or was left by a system (`__MACOSX`, Thumbs.db)."""
    return name.startswith(".") or name.lower() in _LEFTOVERS


def files_below(folder: Path) -> Iterator[Path]:
    """Everything below a folder that is no folder, by name, without hidden entries and leftovers.

    Links to folders are followed, each folder once, so that a loop ends. What can't be opened later
    (a pipe, a link to nothing) is listed too: it shall be named, not overlooked.
    """
    yield from _files_below(folder, set())


def why_not_regular(path: Path) -> str | None:
    """Half a sentence about what is wrong with a path that shall be opened as a file.

    None if it is a regular file.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        near = _in_another_form(path)
        if near is None:
            return "there is no such file"
        return f"there is no such file, but {printable_name(near)}: {ONLY_THE_FORM}"
    except OSError as error:
        return f"it can't be read ({error.strerror})"
    except ValueError as error:  # a NUL character in the name, which a table may hold
        return f"it can't be read ({error})"
    if stat.S_ISDIR(mode):
        return "it is a folder, not a file"
    # A pipe would be waited for, a device would never end.
    return None if stat.S_ISREG(mode) else "it is not a regular file"


def paths_below(table: Path, names: Iterable[str], *, column: str) -> list[Path]:
    """The paths of files that a table names relative to its own folder.

    Args:
        table: The table's path.
        names: What stands in its rows, in order.
        column: Where, for the message.

    Raises:
        DataError: A name leads out of the folder: a table from elsewhere could name any file of
            this machine. (Links below the folder are the user's own.)
    """
    folder = os.path.normpath(table.parent.absolute())
    paths = [table.parent / name for name in names]
    for row, path in enumerate(paths, start=1):
        if not Path(os.path.normpath(path.absolute())).is_relative_to(folder):
            raise DataError(
                f"{table}, row {row}, column {column!r}: {str(path)!r} lies outside the table's"
                " folder. Put the table into a folder above all the files that it names."
            )
    return paths


def printable_name(path: Path) -> str:
    r"""A path as text that can be written.

    Bytes that are no UTF-8, as in names from old archives, are shown as `\xe9`, and so are control
    characters.
    """
    return printable(os.fsencode(path.as_posix()).decode("utf-8", errors="backslashreplace"))


def read_file(
    path: ContentFile, *, limit_bytes: int = _LARGEST_FILE_BYTES, limit_is: str = "any file"
) -> bytes:
    """The bytes of a regular file.

    Args:
        path: The file, on disk or inside a prepared dataset.
        limit_bytes: A larger file is refused before it is read.
        limit_is: What this is enough for, for the message.

    Raises:
        DataError: Says in half a sentence what is wrong, without naming the file.
    """
    reason = why_not_regular(path) if isinstance(path, Path) else None
    if reason is not None:
        raise DataError(reason)
    try:
        num_bytes = path.stat().st_size
        if num_bytes > limit_bytes:
            raise DataError(f"{num_bytes / 2**20:,.0f} MiB are too much for {limit_is}")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"it can't be read ({error.strerror})") from error


def _in_another_form(path: Path) -> Path | None:
    """The file that is there under a path that differs only in its form, or None."""
    wanted = Path(path.as_posix().replace("\\", "/"))
    found = Path(wanted.anchor)
    for part in wanted.parts[1:] if wanted.anchor else wanted.parts:
        exact = found / part
        if exact.exists():
            found = exact
            continue
        names = _names_in(found)
        if path_key(part) not in names:
            return None
        found = found / names[path_key(part)]
    return found


@lru_cache(maxsize=4)
def _names_in(folder: Path) -> dict[str, str]:
    """What is in a folder: key of a name -> the name; for messages, so that it may be a bit old."""
    try:
        return {path_key(path.name): path.name for path in folder.iterdir()}
    except OSError:
        return {}


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
        if is_leftover(name):
            continue
        if path.is_dir():
            yield from _files_below(path, entered)
        else:
            yield path
