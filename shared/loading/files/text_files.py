"""The user's text files line by line.

Decompressed within bounds, decoded, and refused by line where they are not text.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO, Any, cast

from shared.config.setting_text import set_option
from shared.errors import DataError
from shared.loading.files.encodings import encoding_by_mark, guess_encoding
from shared.loading.files.user_files import why_not_regular

__all__ = [
    "COMPRESSIONS",
    "LONGEST_LINE_CHARACTERS",
    "first_bytes",
    "iterate_line_bytes",
    "open_lines",
    "read_unpacked",
]

COMPRESSIONS: dict[str, Callable[[Path], Any]] = {
    ".gz": gzip.GzipFile,
    ".bz2": lambda path: _Streams(path, bz2.BZ2Decompressor),
    ".xz": lambda path: _Streams(path, lzma.LZMADecompressor),
}
"""Suffix of a compressed file -> what opens it."""

LONGEST_LINE_CHARACTERS = 2**24
"""A line this long is a file without line breaks, or a bomb: the longest novels have 10 million
characters."""

_LARGEST_RATIO = 200  # tables shrink 3- to 50-fold; a bomb of zeros a thousandfold
_RATIO_COUNTS_FROM_BYTES = 2**26
_BLOCK_BYTES = 2**16


def read_unpacked(path: Path) -> bytes:
    """All bytes of a text file, decompressed within bounds.

    Raises:
        DataError: Not a regular file; a damaged archive, or a bomb.
    """
    with _reading(path), _opened(path) as stream:
        return stream.read()


def first_bytes(path: Path) -> bytes:
    """Four bytes of a text file or more, if it has so many; errors as of `read_unpacked`."""
    with _reading(path), _opened(path) as stream:
        return stream.peek(4)


def iterate_line_bytes(path: Path) -> Iterator[bytes]:
    """The lines of a text file before they are decoded, as `bytes.splitlines` divides them.

    They are read as they are asked for. Not for encodings in which a line end is more than one
    byte.

    Raises:
        DataError: As `read_unpacked`.
    """
    with _reading(path), _opened(path) as stream:
        for line in stream:  # up to a line feed
            yield from line.splitlines()


@contextmanager
def open_lines(path: Path, encoding: str) -> Iterator[Iterator[str]]:
    """The lines of a text file, ends included, read as they are asked for.

    Args:
        path: The file, perhaps compressed (`COMPRESSIONS`).
        encoding: How it is written, unless a byte order mark says better.

    Raises:
        DataError: Not a regular file; a damaged archive, or a bomb; not in this encoding (with
            line, byte and a guess); a NUL character; a line without end.
    """
    try:
        with _reading(path), _opened(path) as binary:
            mark = encoding_by_mark(binary.peek(4)[:4])
            # newline="": what a line end is inside quotes is for the reader of the table to say.
            with io.TextIOWrapper(binary, encoding=mark or encoding, newline="") as text:
                yield _checked_lines(text, path)
    except UnicodeDecodeError as error:
        raise _undecodable(path, encoding) from error


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Names the file in what may go wrong while it is opened and unpacked."""
    reason = why_not_regular(path)
    if reason is not None:
        raise DataError(f"{path}: {reason}.")
    try:
        yield
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise DataError(f"{path}: can't be read ({error}). Is the file complete?") from error


class _Bounded(io.RawIOBase):
    """A stream that ends with an error where a small archive unfolds without end."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        super().__init__()
        self._stream = stream
        self._path = path
        self._limit_bytes = max(_RATIO_COUNTS_FROM_BYTES, _LARGEST_RATIO * path.stat().st_size)
        self._num_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._stream.read(len(buffer))
        self._num_bytes += len(content)
        if self._num_bytes > self._limit_bytes:
            raise DataError(
                f"{self._path}: unpacks to more than {_LARGEST_RATIO} times its size, which no"
                " table does. If it is what you want, unpack it first."
            )
        buffer[: len(content)] = content
        return len(content)


class _Streams(io.RawIOBase):
    """What streams of one file, packed one behind another, unpack to.

    Python's own readers take a damaged later stream for the end. Only zeros may follow the last.
    """

    def __init__(self, path: Path, new_decompressor: Callable[[], Any]) -> None:
        super().__init__()
        self._packed = path.open("rb")
        self._new_decompressor = new_decompressor
        self._decompressor = new_decompressor()

    def close(self) -> None:
        self._packed.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        unpacked = b""
        while not unpacked:
            if self._decompressor.eof:
                following = self._start_of_next()
                if not following:
                    return 0
                self._decompressor = self._new_decompressor()
            else:
                following = self._more()
            unpacked = self._decompressor.decompress(following, len(buffer))
        buffer[: len(unpacked)] = unpacked
        return len(unpacked)

    def _more(self) -> bytes:
        if not self._decompressor.needs_input:
            return b""
        block = self._packed.read(_BLOCK_BYTES)
        if not block:
            raise EOFError("it ends amid a stream")
        return block

    def _start_of_next(self) -> bytes:
        following: bytes = self._decompressor.unused_data.lstrip(b"\0")
        while not following:
            block = self._packed.read(_BLOCK_BYTES)
            if not block:
                return b""
            following = block.lstrip(b"\0")
        return following


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader[Any]]:
    opener = COMPRESSIONS.get(path.suffix.lower())
    if opener is None:
        with path.open("rb") as plain:
            yield plain
    else:
        with (
            opener(path) as packed,
            io.BufferedReader(cast(io.RawIOBase, _Bounded(packed, path)), _BLOCK_BYTES) as unpacked,
        ):
            yield unpacked


def _checked_lines(text: IO[str], path: Path) -> Iterator[str]:
    for number in count(1):
        line = text.readline(LONGEST_LINE_CHARACTERS + 1)
        if not line:
            return
        if len(line) > LONGEST_LINE_CHARACTERS:
            raise DataError(
                f"{path}, line {number}: more than {LONGEST_LINE_CHARACTERS:,} characters without a"
                " line break. Is it a table?"
            )
        if "\0" in line:
            raise DataError(
                f"{path}, line {number}: a NUL character, which no text holds. If the file is"
                " UTF-16 without a byte order mark, read it with"
                f" {set_option('data.encoding', 'utf-16-le')} or utf-16-be; else repair the line."
            )
        yield line


def _undecodable(path: Path, encoding: str) -> DataError:
    """Where the file stops being text of this encoding, and what it may be instead."""
    with _opened(path) as stream:
        name = encoding_by_mark(stream.peek(4)[:4]) or encoding
        decoder = codecs.getincrementaldecoder(name)()
        line = 1
        offset = 0
        start = b""
        for block in iter(lambda: stream.read(_BLOCK_BYTES), b""):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                first = offset + len(block) - len(error.object) + error.start
                line += error.object[: error.start].count(b"\n")
                sample = error.object[error.start :] + start
                place = f"line {line}, byte {first + 1} ({error.object[error.start]:#04x})"
                return _not_in_encoding(path, place, name, sample)
            offset += len(block)
            start = start or block
    return _not_in_encoding(path, f"line {line}, byte {offset}, the end of the file", name, start)


def _not_in_encoding(path: Path, place: str, encoding: str, sample: bytes) -> DataError:
    guess = guess_encoding(sample[:_BLOCK_BYTES])
    advice = (
        f"It looks like {guess}: {set_option('data.encoding', guess)}"
        if guess
        else f"Name its encoding, such as {set_option('data.encoding', 'cp1252')}"
    )
    return DataError(
        f"{path}, {place}: not {encoding.upper().removesuffix('-SIG')}. {advice} or convert it"
        " with iconv -t UTF-8.",
        settings={"data.encoding": guess} if guess else {},
    )
