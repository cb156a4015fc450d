"""JPEG files: whether all scan lines are there, and what the colours are."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Literal

import simplejpeg

from pipelines.medical_imaging.reading.containers.damage import damaged
from pipelines.medical_imaging.reading.pixels import UnreadableImageError

__all__ = ["FRAMES", "check_jpeg", "has_odd_notes", "stated_colours"]

_START, _START_OF_SCAN = b"\xff\xd8", 0xDA  # ITU-T T.81, table B.1
FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""Markers of frame headers: 0xC0 to 0xCF but for tables (C4, CC) and extensions (C8)."""

_COMMENTS = frozenset({*range(0xE0, 0xF0), 0xFE})  # applications' notes and comments
_ADOBE, _JFIF = 0xEE, 0xE0
_TRANSFORM = 11  # position of what Adobe's marker says of colours: 0 is none
_CMYK = ("CMYK", "YCCK")


def check_jpeg(content: bytes, *, most_px: int) -> None:
    """See that the decoder needs to fill no gap.

    libjpeg paints missing blocks grey and only remarks on it. Notes (JFIF, Exif, colour profiles)
    are left out, since remarks on them say nothing against the pixels.

    Args:
        content: A JPEG file.
        most_px: Pixels that it may have.

    Raises:
        UnreadableImageError: Scan lines are missing or garbled.
    """
    bare = _without_notes(content)
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(bare)
        if height * width > most_px:
            raise ValueError("another size than said")
        if colours in _CMYK:
            simplejpeg.decode_jpeg(bare, colorspace="CMYK")
        else:
            # An eighth of the size: every code of every scan is read, but few pixels are computed.
            simplejpeg.decode_jpeg(bare, colorspace="GRAY", min_height=1, min_width=1)
    except ValueError as error:
        if "could not determine subsampling" in str(error).lower():
            raise UnreadableImageError(
                "its JPEG colours are sampled in a way that can't be read here: save it again"
            ) from error
        raise damaged("JPEG", str(error).removeprefix("Corrupt JPEG data: ").lower()) from error


def has_odd_notes(content: bytes) -> bool:
    """Whether libjpeg remarks on notes, which it would do on the terminal."""
    try:
        simplejpeg.decode_jpeg_header(content)
    except ValueError:
        return True
    return False


def stated_colours(content: bytes) -> Literal["RGB", "YCbCr"] | None:
    """What three channels are, by the codestream itself; None where it does not say.

    By Adobe's marker, JFIF, the channels' names, or coarser chroma (which RGB never has).
    """
    colours: Literal["RGB", "YCbCr"] | None = None
    for marker, body in _segments(content):
        if marker == _ADOBE and body.startswith(b"Adobe") and len(body) > _TRANSFORM:
            return "YCbCr" if body[_TRANSFORM] else "RGB"
        if marker == _JFIF and body.startswith(b"JFIF"):
            colours = "YCbCr"
        if marker in FRAMES:
            colours = colours or _by_channels(body)
    return colours


def _by_channels(frame: bytes) -> Literal["RGB", "YCbCr"] | None:
    names = frame[6:15:3]
    if names in (b"RGB", b"rgb"):
        return "RGB"
    sampling = set(frame[7:15:3])
    return "YCbCr" if len(sampling) > 1 else None


def _without_notes(content: bytes) -> bytes:
    """The same image without applications' segments, up to its first scan."""
    kept = [_START]
    position = len(_START)
    for marker, body in _segments(content):
        size = len(body) + 4
        if marker not in _COMMENTS:
            kept.append(content[position : position + size])
        position += size
    return b"".join(kept) + content[position:]


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each segment before the first scan; ends where there is none."""
    position = len(_START)
    while position + 4 <= len(content) and content[position] == 0xFF:
        marker, size = struct.unpack(">BH", content[position + 1 : position + 4])
        if marker in (_START_OF_SCAN, 0xFF, 0x00) or size < 2:
            return
        yield marker, content[position + 4 : position + 2 + size]
        position += 2 + size
