"""The size of a JPEG image and how it is to be turned, read from its header in the graph.

Markers: ITU-T T.81 (1992), table B.1. Orientation: Exif 2.32, sections 4.5.4 and 4.6.4.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from pipelines.medical_imaging.reading.containers.jpeg import FRAMES
from shared.loading.batches.wire_bytes import (
    big_endian,
    bytes_at,
    item_lengths,
    little_endian,
    text_at,
)

__all__ = ["JpegHeaders", "count_scans", "read_jpeg_headers", "turned"]

_MOST_SEGMENTS = 512  # a colour profile may need 255
_FILL, _END, _SCAN = 0xFF, 0xD9, 0xDA
_FRAMES = tuple(sorted(FRAMES))
_ALONE = (0x01, *range(0xD0, 0xD9))  # markers without a segment
_APPLICATION_1 = 0xE1
_EXIF_MARK = b"Exif\0\0"
_EXIF_ENTRIES = 64
_ENTRY_BYTES = 12
_ORIENTATION = 0x0112
_UPRIGHT = 1


class JpegHeaders(NamedTuple):
    """What JPEG headers say; each (batch,) int64, 0 where they do not say it.

    Attributes:
        width_px: Width before turning.
        height_px: Height before turning.
        orientation: 1 to 8 as Exif counts; 1 is upright.
    """

    width_px: Any
    height_px: Any
    orientation: Any


# Traced once for all graphs that call it: rules, decoder and export, each built several times.
@tf.function(input_signature=(tf.TensorSpec((None,), tf.string),), autograph=False)
def read_jpeg_headers(files: Any) -> JpegHeaders:
    """Walk through the segments of JPEG files (batch,) string up to their frame headers.

    Of other files nothing is read.
    """
    is_jpeg = text_at(files, 0, 3) == b"\xff\xd8\xff"
    zeros = tf.zeros_like(item_lengths(files))

    def goes_on(offset: Any, is_done: Any, *sizes: Any) -> Any:
        return tf.reduce_any(tf.logical_not(is_done))

    def step(offset: Any, is_done: Any, width: Any, height: Any, exif: Any) -> tuple[Any, ...]:
        head = bytes_at(
            files, offset, 9
        )  # FF, marker, length (2), precision, height (2), width (2)
        marker = head[:, 1]
        is_marker = tf.logical_and(head[:, 0] == _FILL, tf.logical_not(is_done))
        is_frame = tf.logical_and(is_marker, _is_one_of(marker, _FRAMES))
        is_exif = text_at(files, offset + 4, len(_EXIF_MARK)) == _EXIF_MARK
        is_exif = is_marker & (marker == _APPLICATION_1) & is_exif & (exif == 0)
        ends = tf.logical_or(is_frame, _is_one_of(marker, (_END, _SCAN)))
        is_done = is_done | ends | tf.logical_not(is_marker)
        offset_of_exif = tf.where(is_exif, offset + 4 + len(_EXIF_MARK), exif)
        moved = tf.where(is_marker, offset + _segment_bytes(head), offset)
        height = tf.where(is_frame, big_endian(head[:, 5:7]), height)
        width = tf.where(is_frame, big_endian(head[:, 7:9]), width)
        return moved, is_done, width, height, offset_of_exif

    start = (zeros + 2, tf.logical_not(is_jpeg), zeros, zeros, zeros)
    found = tf.while_loop(goes_on, step, start, maximum_iterations=_MOST_SEGMENTS)
    return JpegHeaders(found[2], found[3], _orientation(files, found[4]))


def count_scans(files: Any) -> Any:
    """Scans in each file (batch,), int64; a decoder goes over the whole image for each."""

    def count(content: Any) -> Any:
        values = tf.io.decode_raw(content, tf.uint8)
        is_scan = tf.logical_and(values[:-1] == _FILL, values[1:] == _SCAN)
        return tf.reduce_sum(tf.cast(is_scan, tf.int64))

    return tf.map_fn(count, files, fn_output_signature=tf.TensorSpec((), tf.int64))


def turned(pixels: Any, orientation: Any) -> Any:
    """Pixels (height, width, 3) as people are meant to see them.

    Args:
        pixels: As they are stored.
        orientation: Scalar int64, 1 to 8.
    """
    # Exif, figure 7: 5 to 8 swap rows and columns, then each is mirrored like its partner below 5.
    swapped = tf.cond(orientation > 4, lambda: tf.transpose(pixels, (1, 0, 2)), lambda: pixels)
    is_left = tf.reduce_any(orientation == tf.constant([2, 3, 6, 7], tf.int64))
    is_down = tf.reduce_any(orientation == tf.constant([3, 4, 7, 8], tf.int64))
    mirrored = tf.cond(is_left, lambda: tf.reverse(swapped, [1]), lambda: swapped)
    return tf.cond(is_down, lambda: tf.reverse(mirrored, [0]), lambda: mirrored)


def _segment_bytes(head: Any) -> Any:
    """From one marker to the next, (batch,) int64."""
    marker = head[:, 1]
    length = 2 + big_endian(head[:, 2:4])
    length = tf.where(_is_one_of(marker, _ALONE), tf.constant(2, tf.int64), length)
    return tf.where(marker == _FILL, tf.constant(1, tf.int64), length)


def _is_one_of(values: Any, codes: tuple[int, ...]) -> Any:
    return tf.reduce_any(values[:, None] == tf.constant(codes, tf.int64), axis=1)


def _orientation(files: Any, exif: Any) -> Any:
    """The entry `Orientation` of the first directory of an Exif block that begins at `exif`."""
    is_little = text_at(files, exif, 2) == "II"

    def number(values: Any) -> Any:
        shape = [-1] + [1] * (values.shape.rank - 2)
        return tf.where(tf.reshape(is_little, shape), little_endian(values), big_endian(values))

    directory = exif + number(bytes_at(files, exif + 4, 4))
    num_entries = number(bytes_at(files, directory, 2))
    entries = bytes_at(files, directory + 2, _EXIF_ENTRIES * _ENTRY_BYTES)
    entries = tf.reshape(entries, [-1, _EXIF_ENTRIES, _ENTRY_BYTES])
    is_there = tf.range(_EXIF_ENTRIES, dtype=tf.int64)[None, :] < num_entries[:, None]
    is_asked = tf.logical_and(number(entries[:, :, 0:2]) == _ORIENTATION, is_there)
    value = tf.reduce_max(tf.where(is_asked, number(entries[:, :, 8:10]), 0), axis=1)
    is_valid = (exif > 0) & (value >= 1) & (value <= 8)
    return tf.where(is_valid, value, _UPRIGHT)
