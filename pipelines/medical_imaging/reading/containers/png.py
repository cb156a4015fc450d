"""PNG files: whether every row is there, and unchanged."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from pipelines.medical_imaging.reading.containers.damage import damaged

__all__ = ["bit_depth", "check_png"]

_SIGNATURE_BYTES = 8
_DEPTH = 24  # position of the bit depth: signature, length, "IHDR", width and height before it
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type (PNG specification, 11.2.2)
# Adam7: first column, first row, distance of columns, distance of rows (PNG specification, 8.2).
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


def bit_depth(content: bytes) -> int:
    """Bits of a channel, or of a palette's index."""
    return content[_DEPTH]


def check_png(content: bytes) -> None:
    """See that all chunks up to the end agree with their checksums, and hold all rows.

    What stands behind the end, or behind the last row, is not looked at.

    Raises:
        UnreadableImageError: Something is missing or changed.
    """
    header = b""
    unpacker = zlib.decompressobj()
    num_bytes = 0
    needed = 0
    try:
        for kind, body in _chunks(content):
            if kind == b"IHDR":
                header = body
                needed = _unpacked_bytes(header)
            elif kind == b"IDAT" and not unpacker.eof:
                num_bytes += _unpack(unpacker, body, needed - num_bytes)
    except (struct.error, zlib.error, LookupError) as error:
        raise damaged("PNG") from error
    if num_bytes < needed or not (unpacker.eof or unpacker.unconsumed_tail):
        raise damaged("PNG", "rows are missing")


def _unpack(unpacker: zlib._Decompress, body: bytes, most_bytes: int) -> int:
    """Bytes that a part of the stream unpacks to; at most one more than those of all rows."""
    return len(unpacker.decompress(unpacker.unconsumed_tail + body, max(most_bytes, 0) + 1))


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = _SIGNATURE_BYTES
    kind = b""
    while kind != b"IEND":
        size, kind = struct.unpack(">I4s", content[position : position + 8])
        body = content[position + 8 : position + 8 + size]
        (checksum,) = struct.unpack(">I", content[position + 8 + size : position + 12 + size])
        is_critical = not kind[0] & 0x20  # by the case of its first letter
        if is_critical and zlib.crc32(kind + body) != checksum:
            raise zlib.error("a chunk's checksum differs")
        yield kind, body
        position += 12 + size


def _unpacked_bytes(header: bytes) -> int:
    """Bytes of all rows, each with the byte that names its filter."""
    width, height, depth, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", header)
    bits = depth * _CHANNELS[colour_type]
    if not interlace:
        return int(height * (1 + (width * bits + 7) // 8))
    total = 0
    for first_column, first_row, columns, rows in _PASSES:
        num_columns = max(0, -(-(width - first_column) // columns))
        num_rows = max(0, -(-(height - first_row) // rows))
        if num_columns:
            total += num_rows * (1 + (num_columns * bits + 7) // 8)
    return total
