"""A sound file before it is decoded: whether it is whole, and what the decoder shall be given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipelines.speech.reading.containers.chunked import (
    check_aiff,
    check_au,
    check_caf,
    check_nist,
    check_voc,
    check_w64,
)
from pipelines.speech.reading.containers.flac import check_flac
from pipelines.speech.reading.containers.mpeg import read_mpeg
from pipelines.speech.reading.containers.ogg import check_ogg
from pipelines.speech.reading.containers.others import name_other
from pipelines.speech.reading.containers.riff import RiffSound, read_riff
from shared.errors import DataError

__all__ = ["NUM_MARK_BYTES", "Container", "check_container", "has_sound_mark"]

_MARKS: Mapping[bytes, Callable[[bytes], bytes]] = {
    b"OggS": check_ogg,
    b"fLaC": check_flac,
    b"FORM": check_aiff,
    b".snd": check_au,
    b"dns.": check_au,
    b"caff": check_caf,
    b"riff": check_w64,
    b"NIST": check_nist,
    b"Crea": check_voc,
}
_MPEG_IN_WAV = (0x50, 0x55)
_ID3_HEADER_BYTES = 10


@dataclass(frozen=True)
class Container:
    """A whole sound file.

    Attributes:
        content: What the decoder shall be given: the file without what confuses decoders.
        riff: Its chunks, if it is a WAV file.
        mpeg_samples: Samples that its frames hold, if it is MP3; else None.
    """

    content: bytes
    riff: RiffSound | None = None
    mpeg_samples: int | None = None


NUM_MARK_BYTES = 12
"""From so many bytes `has_sound_mark` tells."""


def has_sound_mark(beginning: bytes) -> bool:
    """Whether a file begins like one of sound, whatever its name; MP3 without tags has no mark."""
    kind = beginning[8:12]
    if beginning[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64"):
        return kind == b"WAVE"
    if beginning[:4] == b"FORM":
        return kind in (b"AIFF", b"AIFC")
    is_text = beginning[:4] in (b"riff", b"Crea", b"NIST")
    if is_text:
        return beginning[:7] in (b"Creativ", b"NIST_1A") or beginning[4:8] == b"\x2e\x91\xcf\x11"
    return beginning[:4] in _MARKS or beginning[:3] == b"ID3"


def check_container(content: bytes) -> Container:
    """Count what a file holds, without the decoder.

    Raises:
        DataError: It is empty, cut, damaged, several in one, or of a kind whose length can't be
            checked.
    """
    if not content:
        raise DataError("the file is empty (0 bytes)")
    content = _without_id3(content)
    riff = read_riff(content)
    if riff is not None and riff.encoding not in _MPEG_IN_WAV:
        return Container(content if riff.is_plain else riff.rewritten(), riff=riff)
    if content[:4] in _MARKS:
        return Container(_MARKS[content[:4]](content))
    other = name_other(content)
    if other is not None:
        raise DataError(
            f"{other}, which is not read. Convert it, for example with ffmpeg:"
            " ffmpeg -i INPUT OUTPUT.wav"
        )
    mpeg = read_mpeg(content if riff is None else riff.sound)
    if mpeg is None:
        raise DataError(
            "not a readable WAV, FLAC or OGG file (its content is of no format that can be read)"
        )
    return Container(mpeg.frames, mpeg_samples=mpeg.num_samples)


def _without_id3(content: bytes) -> bytes:
    """The file without ID3v2 tags in front (id3.org, 3.1): their length is in 4 times 7 bits."""
    while content[:3] == b"ID3" and len(content) > _ID3_HEADER_BYTES:
        length = 0
        for byte in content[6:_ID3_HEADER_BYTES]:
            length = length << 7 | byte & 127
        footer = _ID3_HEADER_BYTES if content[5] & 16 else 0
        content = content[_ID3_HEADER_BYTES + length + footer :]
    return content
