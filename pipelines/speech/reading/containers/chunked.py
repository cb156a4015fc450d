"""Containers whose header says how long the sound is: AIFF, AU, CAF, W64, NIST SPHERE and VOC.

libsndfile reads what is there and says nothing if it is less.
"""

from __future__ import annotations

import re
import struct

from pipelines.speech.reading.containers.marks import (
    is_placeholder,
    refuse_a_second,
    refuse_a_second_within,
    refuse_longer,
)
from shared.errors import DataError

__all__ = ["check_aiff", "check_au", "check_caf", "check_nist", "check_voc", "check_w64"]

_W64_DATA = b"data"
_CAF_OPEN = -1


def check_aiff(content: bytes) -> bytes:
    """AIFF and AIFC (Apple 1989): big-endian chunks, sound in SSND, its length also in COMM."""
    offset = 12
    end = 0
    while offset + 8 <= len(content):
        name, size = struct.unpack_from(">4sI", content, offset)
        if name == b"SSND":
            refuse_longer(size, len(content) - offset - 8)
        offset += 8 + size + size % 2
        if name == b"SSND":
            end = offset
    if not end:
        raise DataError("truncated: an AIFF file without sound data (no SSND chunk)")
    (promised,) = struct.unpack_from(">I", content, 4)
    if is_placeholder(promised):
        refuse_a_second(content, end)
        return content
    refuse_longer(promised, len(content) - 8 + 1)  # the last byte of padding may be missing
    refuse_a_second(content, 8 + promised)
    return content


def check_au(content: bytes) -> bytes:
    """AU and SND (NeXT): a length, or FFFFFFFF where the writer did not know it."""
    order = ">" if content[:4] == b".snd" else "<"
    if len(content) < 24:
        raise DataError("truncated: an AU file shorter than its header")
    offset, size = struct.unpack_from(f"{order}II", content, 4)
    held = len(content) - offset
    if (size == 0 and held > 0) or is_placeholder(size):
        refuse_a_second_within(content, offset)
        return content[:8] + struct.pack(f"{order}I", max(held, 0)) + content[12:]
    refuse_longer(size, held)
    refuse_a_second(content, offset + size)
    return content


def check_caf(content: bytes) -> bytes:
    """CAF (Apple 2006): chunks with signed 64-bit lengths; -1 for sound to the end of the file."""
    offset = 8
    while offset + 12 <= len(content):
        name, size = struct.unpack_from(">4sq", content, offset)
        offset += 12
        if name == b"data":
            if size == _CAF_OPEN:
                refuse_a_second_within(content, offset)
                size = len(content) - offset
                return content[: offset - 8] + struct.pack(">q", size) + content[offset:]
            refuse_longer(size, len(content) - offset)
            refuse_a_second(content, offset + size)
            return content
        if size < 0:
            break
        offset += size
    raise DataError("truncated: a CAF file without sound data (no data chunk)")


def check_w64(content: bytes) -> bytes:
    """Wave64 (Sonic Foundry): chunks named by 16 bytes, 64-bit lengths with the header in them."""
    offset = 40
    while offset + 24 <= len(content):
        (size,) = struct.unpack_from("<Q", content, offset + 16)
        if content[offset : offset + 4] == _W64_DATA:
            refuse_longer(size - 24, len(content) - offset - 24)
            end = offset + size + -size % 8
            refuse_a_second(content, end)
            return content[:end]
        if size < 24:
            break
        offset += size + -size % 8
    raise DataError("truncated: a W64 file without sound data (no data chunk)")


def check_nist(content: bytes) -> bytes:
    """NIST SPHERE: a header of text that counts samples."""
    header = content[:1024].decode("latin-1")
    length = re.match(r"NIST_1A\n\s*(\d+)", header)
    fields = dict(re.findall(r"^(\w+) -i (\d+)", header, re.MULTILINE))
    names = ("sample_count", "channel_count", "sample_n_bytes")
    if length is None or any(name not in fields for name in names[:1]):
        raise DataError("a NIST SPHERE file whose header does not count its samples")
    count, channels, width = (int(fields.get(name, "1")) for name in names)
    if "sample_n_bytes" not in fields:
        width = 1 if "ulaw" in header or "alaw" in header else 2
    start = int(length[1])
    promised = count * channels * width
    refuse_longer(promised, len(content) - start)
    refuse_a_second(content, start + promised)
    return content[: start + promised]


def check_voc(content: bytes) -> bytes:
    """Creative Voice: blocks of a type and 24 bits of length, ended by a block of type 0."""
    if len(content) < 26:
        raise DataError("truncated: a VOC file shorter than its header")
    (offset,) = struct.unpack_from("<H", content, 20)
    while offset < len(content) and content[offset] != 0:
        size = int.from_bytes(content[offset + 1 : offset + 4], "little")
        offset += 4
        refuse_longer(size, len(content) - offset)
        offset += size
    refuse_a_second(content, offset + 1)
    return content[: offset + 1]
