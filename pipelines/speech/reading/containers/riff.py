"""WAV in all its forms: RIFF, RIFX (big-endian), RF64 and BW64 (64-bit lengths)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pipelines.speech.reading.containers.marks import (
    is_placeholder,
    refuse_a_second,
    refuse_a_second_within,
    refuse_longer,
)
from shared.errors import DataError

__all__ = ["KNOWN_CHUNKS", "RiffSound", "read_riff"]

_FORMS = (b"RIFF", b"RIFX", b"RF64", b"BW64")
_HEADER_BYTES = 8  # name and size of a chunk
_LEAST_FORMAT_BYTES = 16
_UNKNOWN_32 = 0xFFFF_FFFF
KNOWN_CHUNKS = frozenset(
    (
        *(b"fmt ", b"data", b"fact", b"LIST", b"JUNK", b"junk", b"PAD ", b"FLLR", b"bext", b"cue "),
        *(b"smpl", b"inst", b"PEAK", b"id3 ", b"ID3 ", b"iXML", b"_PMX", b"cart", b"chna", b"axml"),
        *(b"plst", b"labl", b"note", b"DISP", b"acid", b"minf", b"elm1", b"regn", b"umid", b"levl"),
    )
)
"""Names by which the next chunk is known where a writer forgot to pad an odd one."""


@dataclass(frozen=True)
class RiffSound:
    """The two chunks of a WAV file that matter.

    Attributes:
        layout: The content of `fmt `.
        sound: The content of `data`, to the end of the file where its length was never filled in.
        is_plain: Whether the file says so itself: no length is missing and chunks are padded.
        is_big_endian: RIFX.
    """

    layout: bytes
    sound: bytes
    is_plain: bool
    is_big_endian: bool

    @property
    def encoding(self) -> int:
        """The number of its encoding: 1 for PCM, 0x55 for MP3 (RFC 2361)."""
        return int.from_bytes(self.layout[:2], "big" if self.is_big_endian else "little")

    def rewritten(self) -> bytes:
        """A file of these two chunks alone, with the lengths that are true."""
        order = ">" if self.is_big_endian else "<"
        chunks = [
            name + struct.pack(f"{order}I", len(chunk)) + chunk + b"\0" * (len(chunk) % 2)
            for name, chunk in ((b"fmt ", self.layout), (b"data", self.sound))
        ]
        body = b"WAVE" + b"".join(chunks)
        form = b"RIFX" if self.is_big_endian else b"RIFF"
        return form + struct.pack(f"{order}I", len(body)) + body


def read_riff(content: bytes) -> RiffSound | None:
    """Walk through the chunks of a WAV file; None if it is none.

    Raises:
        DataError: It has no sound, promises more than it holds, or is followed by another file.
    """
    if content[:4] not in _FORMS or content[8:12] != b"WAVE":
        return None
    order = ">" if content[:4] == b"RIFX" else "<"
    layout = b""
    long_size = 0
    is_plain = True
    offset = 12
    while offset + _HEADER_BYTES <= len(content):
        name, size = struct.unpack_from(f"{order}4sI", content, offset)
        start = offset + _HEADER_BYTES
        if name == b"ds64":
            (long_size,) = struct.unpack_from("<8xQ", content.ljust(start + 16, b"\0"), start)
        if name == b"fmt ":
            layout = content[start : start + size]
        if name == b"data":
            is_long = size == _UNKNOWN_32 and content[:4] in (b"RF64", b"BW64")
            sound = _sound(content, start, long_size if is_long else size)
            is_plain = is_plain and len(sound) == size
            return RiffSound(_checked(layout), sound, is_plain, order == ">")
        offset, is_padded = _next_chunk(content, start, size)
        is_plain = is_plain and is_padded
    raise DataError("a WAV file without sound data (no data chunk): truncated, or of another kind")


def _checked(layout: bytes) -> bytes:
    if len(layout) < _LEAST_FORMAT_BYTES:
        raise DataError("a WAV file that does not say its format (no whole fmt chunk before data)")
    return layout


def _sound(content: bytes, start: int, size: int) -> bytes:
    held = len(content) - start
    is_open = is_placeholder(size) or (size == 0 and not _ends_in_chunks(content, start))
    if is_open:
        refuse_a_second_within(content, start)
        return content[start:]
    refuse_longer(size, held)
    refuse_a_second(content, start + size)
    return content[start : start + size]


def _ends_in_chunks(content: bytes, offset: int) -> bool:
    """Whether what lies from here on is nothing, or begins like a chunk and not like sound."""
    return len(content) - offset < 2 or content[offset : offset + 4] in KNOWN_CHUNKS


def _next_chunk(content: bytes, start: int, size: int) -> tuple[int, bool]:
    """Where the next chunk begins, and whether this one was padded to even length as it should."""
    end = start + size
    if size % 2 == 0:
        return end, True
    forgot = content[end : end + 4] in KNOWN_CHUNKS
    is_padded = content[end + 1 : end + 5] in KNOWN_CHUNKS or not forgot
    return end + is_padded, is_padded
