"""Sound of kinds that are not read, told by their first bytes, so that they can be named."""

from __future__ import annotations

__all__ = ["name_other"]

_MARKS = (
    (4, b"ftyp", "MPEG-4 audio (M4A, AAC)"),
    (0, b"\x1a\x45\xdf\xa3", "WebM or Matroska"),
    (0, b"#!AMR", "AMR"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media Audio"),
    (0, b"wvpk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b"TTA1", "True Audio"),
    (0, b"MPCK", "Musepack"),
    (0, b"DSD ", "DSF"),
    (0, b"FRM8", "DSDIFF"),
    (0, b"\x0b\x77", "AC-3"),
    # Layer bits 00: ADTS frames of AAC; those of MP3 have others.
    (0, b"\xff\xf1", "AAC"),
    (0, b"\xff\xf9", "AAC"),
)
"""Where which bytes stand, and what they are the mark of."""


def name_other(content: bytes) -> str | None:
    """What a file is that can't be read; None if it may be one that can."""
    return next((name for place, mark, name in _MARKS if content.startswith(mark, place)), None)
