"""TIFF files: whether all strips or tiles are there, and a decoder that keeps quiet."""

from __future__ import annotations

import math
import os
import re
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from pipelines.medical_imaging.reading.containers.damage import damaged
from pipelines.medical_imaging.reading.containers.jpeg import check_jpeg

__all__ = ["check_tiff", "remarks_of_libtiff"]

# TIFF 6.0, sections 8, 15 and 22, and the second technical note.
_WIDTH, _HEIGHT = 256, 257  # as stored; Pillow's size is as turned
_ROWS_PER_STRIP, _SAMPLES, _PLANAR = 278, 277, 284
_STRIPS = (273, 279)  # offsets and sizes
_TILES = (324, 325)
_TILE_WIDTH, _TILE_LENGTH = 322, 323
_COMPRESSION, _BITS, _JPEG_TABLES = 259, 258, 347
_NONE, _JPEG, _DEFLATE = 1, 7, (8, 32946)
_SEPARATE_PLANES = 2
_SLACK_BYTES = 2**16

_STDERR = 2
_LOCK = threading.Lock()
_BY_LIBTIFF = re.compile(
    rb"^(?:\w*(?:Decode|TIFF|Fax|JPEG|LZW|ZIP|Pack|LERC|WebP|ZSTD)\w*|\S+\.tif): "
)


def check_tiff(opened: Image.Image, content: bytes) -> None:
    """See that each strip or tile lies within the file and is whole, as far as can be told.

    libtiff stops at a strip's last row: it does not see if the stream was whole.

    Raises:
        UnreadableImageError: Something is missing or changed.
    """
    tags: Any = getattr(opened, "tag_v2", {})
    offsets, sizes = _TILES if _TILES[0] in tags else _STRIPS
    places = list(zip(_values(tags, offsets), _values(tags, sizes), strict=False))
    if len(places) < _num_parts(tags):
        raise damaged("TIFF", "strips are missing")
    compression = tags.get(_COMPRESSION, _NONE)
    most_px = _pixels_of_part(tags)
    for offset, size in places:
        part = content[offset : offset + size]
        if offset < 8 or size < 1 or len(part) < size:
            raise damaged("TIFF", "strips lie outside the file")
        if compression in _DEFLATE:
            _check_deflated(part, most_px * _bits_of_pixel(tags) // 8 + _SLACK_BYTES)
        elif compression == _JPEG:
            check_jpeg(_with_tables(part, tags.get(_JPEG_TABLES, b"")), most_px=most_px)
    if compression == _NONE and _STRIPS[0] == offsets:
        row_bytes = (int(tags[_WIDTH]) * _bits_of_pixel(tags) + 7) // 8
        if sum(size for _, size in places) < int(tags[_HEIGHT]) * row_bytes:
            raise damaged("TIFF", "rows are missing")


@contextmanager
def remarks_of_libtiff() -> Iterator[list[str]]:
    """What libtiff says on the terminal meanwhile, complete when the block ends.

    It offers no other way through Pillow. Only one file is decoded at a time, and what others say
    on the terminal meanwhile is passed on.
    """
    remarks: list[str] = []
    with _LOCK, tempfile.TemporaryFile() as heard:
        try:
            terminal = os.dup(_STDERR)
        except OSError:  # closed: there is nobody to hear it
            yield remarks
            return
        os.dup2(heard.fileno(), _STDERR)
        try:
            yield remarks
        finally:
            os.dup2(terminal, _STDERR)
            os.close(terminal)
            heard.seek(0)
            lines = heard.read().splitlines(keepends=True)
            remarks += [line.decode(errors="replace") for line in lines if _BY_LIBTIFF.match(line)]
            os.write(_STDERR, b"".join(line for line in lines if not _BY_LIBTIFF.match(line)))


def _values(tags: Any, tag: int) -> tuple[int, ...]:
    value = tags.get(tag, ())
    return (int(value),) if isinstance(value, int) else tuple(int(item) for item in value)


def _num_parts(tags: Any) -> int:
    width = int(tags[_WIDTH])
    height = int(tags[_HEIGHT])
    part_width = int(tags.get(_TILE_WIDTH, width))
    part_height = min(int(tags.get(_ROWS_PER_STRIP, height)), height)
    part_height = int(tags.get(_TILE_LENGTH, part_height))
    parts = math.ceil(width / part_width) * math.ceil(height / part_height)
    is_separate = tags.get(_PLANAR) == _SEPARATE_PLANES
    return parts * (int(tags.get(_SAMPLES, 1)) if is_separate else 1)


def _bits_of_pixel(tags: Any) -> int:
    bits = _values(tags, _BITS) or (1,)
    samples = int(tags.get(_SAMPLES, 1))
    return sum(bits) if len(bits) == samples else bits[0] * samples


def _pixels_of_part(tags: Any) -> int:
    """Pixels of a strip or tile, at most: tiles overlap the image's edges."""
    whole = int(tags[_WIDTH]) * int(tags[_HEIGHT])
    tile = int(tags.get(_TILE_WIDTH, 1)) * int(tags.get(_TILE_LENGTH, 1))
    return max(whole, min(tile, 4 * whole + 2**20))


def _check_deflated(part: bytes, most_bytes: int) -> None:
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(part, most_bytes)
    except zlib.error as error:
        raise damaged("TIFF") from error
    if not unpacker.eof:
        raise damaged("TIFF", "a strip is cut off, or too long")


def _with_tables(part: bytes, tables: bytes) -> bytes:
    """A strip as a JPEG file of its own: tables stand once for all of them."""
    return tables[:-2] + part[2:] if tables else part
