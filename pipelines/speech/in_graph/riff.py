"""The chunks of WAV files, found in the graph.

TensorFlow's own decoder (`tf.audio.decode_wav`) knows neither the extensible format nor chunks of
odd length, and fails a whole request for one file. Here nothing fails: a header is bytes, and what
it says is numbers to be judged.

Layout: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0" (1991), chapter 3;
`WAVEFORMATEXTENSIBLE` in mmreg.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import tensorflow as tf

from pipelines.speech.reading.containers.marks import PLACEHOLDERS_FROM
from pipelines.speech.reading.containers.riff import KNOWN_CHUNKS
from shared.loading.batches.wire_bytes import bytes_at, item_lengths, little_endian, text_at

__all__ = ["MOST_CHUNKS", "PCM", "WavHeaders", "read_headers", "read_samples"]

PCM = 1
"""Format tag of samples as they are."""

MOST_CHUNKS = 128
"""Chunks that are looked at for the one with the sound; a usual file has two to five."""

_EXTENSIBLE = 0xFFFE
_RIFF_BYTES = 12
_CHUNK_HEADER_BYTES = 8
_LEAST_LAYOUT_BYTES = 16
_LAYOUT_BYTES = 40  # with the extension
# What follows the two bytes of the tag in the sub-format of the extension.
_SUBFORMAT_TAIL = bytes.fromhex("0000 0000 1000 8000 00AA 0038 9B71")


class WavHeaders(NamedTuple):
    """What headers say; each (batch,), int64 or bool. Numbers are 0 where a header lacks them.

    Attributes:
        is_wav: Whether it is a WAV file at all.
        has_layout: Whether a whole `fmt ` chunk stands before the sound.
        has_sound: Whether there is a `data` chunk.
        format_tag: 1 for PCM; of an extensible format the tag in its extension.
        channels: Channels.
        rate_hz: Samples a second of each channel.
        bits: Bits of one sample.
        start: Where the sound begins, in bytes.
        promised_bytes: Its length, as the header says; to the end of the file where a writer to a
            pipe left it open.
        held_bytes: Bytes that the file holds from `start` on.
        has_second: Whether another file begins behind the sound.
    """

    is_wav: Any
    has_layout: Any
    has_sound: Any
    format_tag: Any
    channels: Any
    rate_hz: Any
    bits: Any
    start: Any
    promised_bytes: Any
    held_bytes: Any
    has_second: Any


@dataclass(frozen=True)
class _Walk:
    """Where the walk through the chunks has come; each (batch,), `layout` (batch, 40)."""

    offset: Any
    is_done: Any
    layout: Any
    layout_bytes: Any
    start: Any
    promised_bytes: Any


# Traced once for all graphs that call it: rules, decoder and export, each built several times.
@tf.function(input_signature=(tf.TensorSpec((None,), tf.string),), autograph=False)
def read_headers(wav: Any) -> WavHeaders:
    """Walk through the chunks of WAV files (batch,) string, at most `MOST_CHUNKS` of each."""
    length = item_lengths(wav)
    zeros = tf.zeros_like(length)
    is_wav = tf.logical_and(text_at(wav, zeros, 4) == "RIFF", text_at(wav, zeros + 8, 4) == "WAVE")
    layout = tf.zeros([tf.size(length), _LAYOUT_BYTES], tf.int64)
    start = _Walk(zeros + _RIFF_BYTES, tf.logical_not(is_wav), layout, zeros, zeros, zeros)

    def goes_on(*state: Any) -> Any:
        return tf.reduce_any(tf.logical_not(_Walk(*state).is_done))

    def step(*state: Any) -> Any:
        return _parts(_next_chunk(wav, length, _Walk(*state)))

    found = tf.while_loop(goes_on, step, _parts(start), maximum_iterations=MOST_CHUNKS)
    return _judged(wav, _Walk(*found), is_wav, length)


def read_samples(content: Any, start: Any, num_bytes: Any, channels: Any) -> Any:
    """The samples of one 16-bit PCM file, (samples, channels) float32 in [-1, 1).

    Args:
        content: Its bytes, scalar string.
        start: Where the sound begins, scalar int64.
        num_bytes: Its length, scalar int64; an incomplete last frame is dropped.
        channels: Scalar int64, at least 1.
    """
    num_frames = num_bytes // (2 * channels)
    sound = tf.strings.substr(content, start, num_frames * channels * 2)
    values = tf.reshape(tf.io.decode_raw(sound, tf.int16), [num_frames, channels])
    return tf.cast(values, tf.float32) / 32768.0


def _parts(walk: _Walk) -> tuple[Any, ...]:
    return (
        walk.offset,
        walk.is_done,
        walk.layout,
        walk.layout_bytes,
        walk.start,
        walk.promised_bytes,
    )


def _next_chunk(wav: Any, length: Any, walk: _Walk) -> _Walk:
    """One chunk further in each file that is not done."""
    name = text_at(wav, walk.offset, 4)
    size = little_endian(bytes_at(wav, walk.offset + 4, 4))
    content = walk.offset + _CHUNK_HEADER_BYTES
    is_there = tf.logical_and(tf.logical_not(walk.is_done), content <= length)
    is_layout = tf.logical_and(is_there, name == "fmt ")
    is_sound = tf.logical_and(is_there, name == "data")
    layout = tf.where(is_layout[:, None], bytes_at(wav, content, _LAYOUT_BYTES), walk.layout)
    held = tf.maximum(tf.minimum(size, length - content), 0)
    is_last = tf.logical_or(is_sound, tf.logical_not(is_there))
    after = _after(wav, content + size, size)
    return _Walk(
        offset=tf.where(is_there, after, walk.offset),
        is_done=tf.logical_or(walk.is_done, is_last),
        layout=layout,
        layout_bytes=tf.where(is_layout, held, walk.layout_bytes),
        start=tf.where(is_sound, content, walk.start),
        promised_bytes=tf.where(is_sound, size, walk.promised_bytes),
    )


def _after(wav: Any, end: Any, size: Any) -> Any:
    """Where the next chunk begins: chunks are padded to even length, by writers who know it."""
    forgot = tf.logical_and(_is_known(wav, end), tf.logical_not(_is_known(wav, end + 1)))
    return end + tf.where(forgot, tf.zeros_like(size), size % 2)


def _is_known(wav: Any, offset: Any) -> Any:
    names = tf.constant(sorted(KNOWN_CHUNKS))
    return tf.reduce_any(text_at(wav, offset, 4)[:, None] == names[None, :], axis=1)


def _length_of_sound(wav: Any, walk: _Walk, held: Any) -> Any:
    """What the header says; all that is held where it says what no recording is long.

    So it is if it says 0, unless what follows is nothing, or begins like a chunk.
    """
    follows = tf.logical_and(held >= 2, tf.logical_not(_is_known(wav, walk.start)))
    is_open = (walk.promised_bytes >= PLACEHOLDERS_FROM) | (walk.promised_bytes == 0) & follows
    return tf.where((walk.start > 0) & is_open, held, walk.promised_bytes)


def _has_second(wav: Any, end: Any) -> Any:
    """Whether another file begins at `end`, or behind a byte of padding."""
    return (text_at(wav, end, 4) == "RIFF") | (text_at(wav, end + 1, 4) == "RIFF")


def _judged(wav: Any, walk: _Walk, is_wav: Any, length: Any) -> WavHeaders:
    layout = walk.layout
    tag = little_endian(layout[:, 0:2])
    channels = little_endian(layout[:, 2:4])
    rate_hz = little_endian(layout[:, 4:8])
    bits = little_endian(layout[:, 14:16])
    tail = tf.constant(list(_SUBFORMAT_TAIL), tf.int64)
    has_tail = tf.reduce_all(layout[:, 26:_LAYOUT_BYTES] == tail, axis=1)
    is_whole = walk.layout_bytes >= _LAYOUT_BYTES
    is_extensible = (tag == _EXTENSIBLE) & is_whole & has_tail
    format_tag = tf.where(is_extensible, little_endian(layout[:, 24:26]), tag)
    held = length - walk.start
    num_bytes = _length_of_sound(wav, walk, held)
    return WavHeaders(
        is_wav=is_wav,
        has_layout=walk.layout_bytes >= _LEAST_LAYOUT_BYTES,
        has_sound=walk.start > 0,
        format_tag=format_tag,
        channels=channels,
        rate_hz=rate_hz,
        bits=bits,
        start=walk.start,
        promised_bytes=num_bytes,
        held_bytes=held,
        has_second=_has_second(wav, walk.start + num_bytes),
    )
