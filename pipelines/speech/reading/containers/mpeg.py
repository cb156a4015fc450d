"""MP3 and its like: a chain of frames, counted by their headers (ISO/IEC 11172-3, 2.4.1)."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.speech.reading.containers.marks import cut_short
from shared.errors import DataError

__all__ = ["MpegSound", "read_mpeg"]

_MPEG_1, _MPEG_2, _MPEG_25 = 3, 2, 0  # two bits of the header
_RATES_HZ = {
    _MPEG_1: (44_100, 48_000, 32_000),
    _MPEG_2: (22_050, 24_000, 16_000),
    _MPEG_25: (11_025, 12_000, 8_000),
}
_KBPS = {  # (is MPEG 1, layer) -> by index from 1
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_FURTHEST_START = 4096  # padding that taggers leave before the first frame
_LAYER_WITH_TAGS = 3
_MONO = 3
_SIDE_BYTES = ((32, 17), (17, 9))  # of MPEG 1 and 2: stereo, mono
_TAG_SPEED = 9
_NO_LAYER, _NO_RATE, _FASTEST = 4, 3, 14
_DECODER_DELAY = 529  # samples that libmpg123 leaves out where a tag notes no delays


@dataclass(frozen=True)
class MpegSound:
    """What the frames hold.

    Attributes:
        frames: Their bytes alone, without tags.
        num_samples: Samples that they decode to.
    """

    frames: bytes
    num_samples: int


@dataclass(frozen=True)
class _Frame:
    num_bytes: int
    num_samples: int
    layer: int


@dataclass(frozen=True)
class _Tag:
    """What a first frame of Xing, LAME or Fraunhofer says.

    Frames that follow (None: not said), and samples that encoders added at both ends.
    """

    num_frames: int | None
    num_delays: int


def read_mpeg(content: bytes) -> MpegSound | None:
    """Walk through the frames; None if there are no two in a row near the beginning.

    Raises:
        DataError: The last frame is cut, there is something else between frames, or the number of
            frames is not the one that the file's own header says.
    """
    start = _first(content)
    if start is None:
        return None
    frames = []
    offset = start
    while (frame := _frame_at(content, offset)) is not None:
        if offset + frame.num_bytes > len(content):
            raise cut_short(frame.num_bytes, len(content) - offset, unit="bytes of its last frame")
        frames.append(frame)
        offset += frame.num_bytes
    if _first(content[offset:], furthest=len(content)) is not None:
        raise DataError("damaged: between its MPEG frames lies something else")
    num_samples = sum(frame.num_samples for frame in frames)
    sound = content[start:offset]
    if frames[0].layer != _LAYER_WITH_TAGS:
        return MpegSound(sound, num_samples)
    tag = _tag_of(sound[: frames[0].num_bytes])
    if tag is None:
        made = _made_tag(sound, len(frames))
        return MpegSound(made + sound, num_samples - _DECODER_DELAY)
    _check_count(tag, len(frames) - 1)
    return MpegSound(sound, num_samples - frames[0].num_samples - tag.num_delays)


def _check_count(tag: _Tag, num_frames: int) -> None:
    if tag.num_frames is not None and tag.num_frames > num_frames:
        raise cut_short(tag.num_frames, num_frames, unit="MPEG frames")
    if tag.num_frames is not None and tag.num_frames < num_frames:
        raise DataError(
            f"its header counts {tag.num_frames} MPEG frames, but {num_frames} follow: several"
            " sound files joined into one, or a wrong header"
        )


def _tag_of(first: bytes) -> _Tag | None:
    """What the first frame says of the others; None if it holds sound."""
    place = _tag_place(first)
    if first[36:40] == b"VBRI":
        return _Tag(int.from_bytes(first[50:54], "big"), _DECODER_DELAY)
    if first[place : place + 4] not in (b"Xing", b"Info"):
        return None
    flags = first[place + 7]
    num_frames = int.from_bytes(first[place + 8 : place + 12], "big") if flags & 1 else None
    # Number of frames, number of bytes, table of contents, quality: 4, 4, 100 and 4 bytes.
    encoder = place + 8 + sum(size for bit, size in enumerate((4, 4, 100, 4)) if flags >> bit & 1)
    delays = int.from_bytes(first[encoder + 21 : encoder + 24], "big")
    is_noted = first[encoder : encoder + 3] in (b"LAM", b"Lav")
    return _Tag(num_frames, (delays >> 12) + (delays & 0xFFF) if is_noted else _DECODER_DELAY)


def _tag_place(first: bytes) -> int:
    """Where a tag stands in a frame: behind its header and what describes its two halves."""
    is_first = first[1] >> 3 & 3 == _MPEG_1
    is_mono = first[3] >> 6 == _MONO
    return 4 + (_SIDE_BYTES[0] if is_first else _SIDE_BYTES[1])[is_mono]


def _made_tag(first: bytes, num_frames: int) -> bytes:
    """A frame without sound that says how many follow: without one, libmpg123 guesses.

    Its bit rate is high enough for the frame to hold the tag; it has no checksum.
    """
    header = bytes((0xFF, first[1] | 1, _TAG_SPEED << 4 | first[2] & 0b1100, first[3]))
    frame = _frame_at(header, 0)
    if frame is None:
        return b""
    place = _tag_place(first)
    tag = b"Xing" + (1).to_bytes(4, "big") + num_frames.to_bytes(4, "big")
    return (header + bytes(place - 4) + tag).ljust(frame.num_bytes, b"\0")


def _first(content: bytes, *, furthest: int = _FURTHEST_START) -> int | None:
    """Where the first frame begins that another, or the end of the file, follows."""
    offset = content.find(b"\xff", 0, furthest)
    while offset >= 0:
        frame = _frame_at(content, offset)
        end = offset + (frame.num_bytes if frame is not None else 0)
        if frame is not None and (end == len(content) or _frame_at(content, end) is not None):
            return offset
        offset = content.find(b"\xff", offset + 1, furthest)
    return None


def _frame_at(content: bytes, offset: int) -> _Frame | None:
    """The frame whose header stands here; None if these four bytes are no header."""
    header = content[offset : offset + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] < 0xE0:
        return None
    version = header[1] >> 3 & 3
    layer = 4 - (header[1] >> 1 & 3)
    speed = header[2] >> 4
    rate = header[2] >> 2 & 3
    is_known = version in _RATES_HZ and layer != _NO_LAYER and rate != _NO_RATE
    if not is_known or not 1 <= speed <= _FASTEST:
        return None
    is_first = version == _MPEG_1
    rate_hz = _RATES_HZ[version][rate]
    num_samples = 384 if layer == 1 else 1152 if is_first or layer == 2 else 576
    slot_bytes = 4 if layer == 1 else 1
    kbps = _KBPS[is_first, layer][speed - 1]
    slots = num_samples * kbps * 1000 // (8 * slot_bytes * rate_hz)
    padding = header[2] >> 1 & 1
    return _Frame((slots + padding) * slot_bytes, num_samples, layer)
