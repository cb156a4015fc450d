"""Ogg (RFC 3533): every page is checked, since decoders skip pages that are damaged or missing."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from shared.errors import DataError

__all__ = ["check_ogg"]

_HEADER_BYTES = 27
_FIRST, _LAST = 2, 4  # bits of the header type: begin and end of a stream
_CHECKSUM = slice(22, 26)
_REVERSED_BITS = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


@dataclass(frozen=True)
class _Page:
    is_first: bool
    is_last: bool
    stream: int
    number: int


def check_ogg(content: bytes) -> bytes:
    """Ogg with Vorbis, Opus, FLAC or Speex in it.

    Raises:
        DataError: A page is cut, damaged or missing, no page ends the stream, or another stream
            follows.
    """
    next_numbers: dict[int, int] = {}
    ended: set[int] = set()
    has_begun = False
    for page in _pages(content):
        if page.is_first and has_begun:
            raise DataError(
                "it is several Ogg streams joined into one file, of which decoders read only the"
                " first: keep them apart"
            )
        has_begun = has_begun or not page.is_first
        if page.number != next_numbers.get(page.stream, page.number):
            raise DataError("damaged: pages of its Ogg stream are missing")
        next_numbers[page.stream] = page.number + 1
        ended |= {page.stream} if page.is_last else set()
    if set(next_numbers) != ended:
        raise DataError(
            "truncated, or its recorder was stopped: no page marks the end of its Ogg stream"
        )
    return content


def _pages(content: bytes) -> Iterator[_Page]:
    offset = 0
    while content[offset : offset + 4] == b"OggS":
        header = content[offset : offset + _HEADER_BYTES]
        lengths = content[offset + _HEADER_BYTES :][: header[-1]]
        end = offset + _HEADER_BYTES + len(lengths) + sum(lengths)
        if len(header) < _HEADER_BYTES or len(lengths) < header[-1] or end > len(content):
            raise DataError("truncated: it ends within a page of its Ogg stream")
        kind, stream, number, checksum = struct.unpack("<5xB8xIII1x", header)
        if _checksum(content[offset:end]) != checksum:
            raise DataError("damaged: the checksum of a page of its Ogg stream is wrong")
        yield _Page(bool(kind & _FIRST), bool(kind & _LAST), stream, number)
        offset = end
    if content.find(b"OggS", offset) >= 0:
        raise DataError("damaged: between the pages of its Ogg stream lies something else")


def _checksum(page: bytes) -> int:
    """CRC-32 of a page with its own checksum set to 0 (RFC 3533, section 6, field 7).

    The polynomial is zlib's, but bits run the other way and neither start nor end is inverted.
    """
    blank = page[: _CHECKSUM.start] + bytes(4) + page[_CHECKSUM.stop :]
    reflected = zlib.crc32(blank.translate(_REVERSED_BITS), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{reflected:032b}"[::-1], 2)
