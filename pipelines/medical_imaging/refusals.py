"""What the served graph refuses, as reading does: other kinds of files, and too many pixels.

Headers are read before anything is unpacked.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from pipelines.medical_imaging.config import MedicalConfig, MedicalDataConfig
from pipelines.medical_imaging.in_graph.gif import read_gif_headers
from pipelines.medical_imaging.in_graph.jpeg import count_scans, read_jpeg_headers
from pipelines.medical_imaging.reading.pixels import IMAGE_BYTES
from pipelines.medical_imaging.reading.wire import encode_png
from pipelines.medical_imaging.tabular.refusals import build_tabular_refusals, unusable_values
from shared.contract import Refusal, Rows
from shared.loading.batches.wire_bytes import (
    big_endian,
    bytes_at,
    first_words,
    item_lengths,
    little_endian,
    said,
    text_at,
)
from shared.loading.columns.values import TABULAR

__all__ = ["build_refusals", "unusable_items"]

_PNG_MARK = b"\x89PNG\r\n\x1a\n"
_JPEG_MARK = b"\xff\xd8\xff"
_MOST_SCANS = 100
"""A progressive JPEG has about ten; each costs a pass over all pixels."""

_OTHER_KINDS = (
    ("TIFF", 0, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ("WEBP", 8, (b"WEBP",)),
    ("DICOM", 128, (b"DICM",)),
    ("HEIC or AVIF", 4, (b"ftyp",)),
    ("JPEG 2000", 4, (b"jP  ",)),
    ("JPEG XL", 4, (b"JXL ",)),
)
"""Name, where its mark stands, its marks."""


def build_refusals(config: MedicalConfig) -> tuple[Refusal, ...]:
    """The rules on `image_bytes`, and on numbers beside it."""

    def refuse_file(wire: Mapping[str, Any]) -> Any:
        return first_words(_rules(wire[IMAGE_BYTES], config.data))

    return (refuse_file, *build_tabular_refusals(config.data))


def _rules(files: Any, data: MedicalDataConfig) -> Iterator[tuple[Any, Any]]:
    """Whether each file (batch,) breaks a rule, and its words, in the order of asking."""
    is_png = text_at(files, 0, len(_PNG_MARK)) == _PNG_MARK
    is_jpeg = text_at(files, 0, len(_JPEG_MARK)) == _JPEG_MARK
    is_bmp = text_at(files, 0, 2) == b"BM"
    is_gif = tf.strings.regex_full_match(text_at(files, 0, 6), "GIF8[79]a")
    is_known = is_png | is_jpeg | is_bmp | is_gif
    yield item_lengths(files) == 0, "the file is empty"
    for is_other, words in _other_kinds(files):
        yield ~is_known & is_other, words
    yield is_bmp & ~_is_plain_bmp(files), "it is a BMP file of another kind than 24 bits: send PNG"
    shape, num_pixels = _sizes(files, is_png, is_bmp)
    yield ~is_known | (num_pixels <= 0), "it is not an image, or its header is damaged"
    limit = f" pixels, more than the permitted {data.image_limit_px:,}"
    yield num_pixels > data.image_limit_px, said("it has ", shape, limit)
    gif = read_gif_headers(files)
    fills_canvas = gif.image_px == gif.screen_px
    yield is_gif & ~fills_canvas, "its first image does not fill its canvas: send PNG"
    yield is_png & _needs_white_level(files, data), "it holds more than 8 bits: `predict` reads it"
    num_scans = count_scans(tf.where(is_jpeg, files, ""))
    yield num_scans > _MOST_SCANS, f"it has more than {_MOST_SCANS} scans: save it anew"


def _sizes(files: Any, is_png: Any, is_bmp: Any) -> tuple[Any, Any]:
    """What to say of each file's size, and its number of pixels; 0 where no header says it."""
    header = bytes_at(files, 0, 26)
    jpeg = read_jpeg_headers(files)
    gif = read_gif_headers(files)
    width = tf.where(is_png, big_endian(header[:, 16:20]), jpeg.width_px)
    height = tf.where(is_png, big_endian(header[:, 20:24]), jpeg.height_px)
    width = tf.where(is_bmp, little_endian(header[:, 18:22]), width)
    height = tf.where(is_bmp, _absolute(little_endian(header[:, 22:26])), height)
    # A GIF without an image has no pixels, whatever its screen is like.
    gif_px = tf.where(gif.image_px > 0, tf.maximum(gif.screen_px, gif.image_px), 0)
    num_pixels = width * height
    shape = tf.where(num_pixels > 0, said(width, " × ", height), said(gif_px))
    return shape, tf.where(num_pixels > 0, num_pixels, gif_px)


def _absolute(values: Any) -> Any:
    """Of 32-bit two's complement: a BMP that begins with the top row has a negative height."""
    return tf.where(values >= 2**31, 2**32 - values, values)


def _other_kinds(files: Any) -> list[tuple[Any, str]]:
    found = []
    for name, offset, marks in _OTHER_KINDS:
        mark = text_at(files, offset, len(marks[0]))
        is_one = tf.reduce_any(mark[:, None] == tf.constant(marks), axis=1)
        words = f"it is a {name} image; the model takes JPEG, PNG, GIF and BMP: convert it"
        found.append((is_one, words))
    return found


def _is_plain_bmp(files: Any) -> Any:
    """24 bits, not compressed: of palettes TensorFlow takes the indices for shades of grey."""
    header = bytes_at(files, 0, 34)
    bits = little_endian(header[:, 28:30])
    compression = little_endian(header[:, 30:34])
    return (little_endian(header[:, 14:18]) >= 40) & (bits == 24) & (compression == 0)


def _needs_white_level(files: Any, data: MedicalDataConfig) -> Any:
    """Whether 16 bits would be scaled by their depth where `data.white_level` says otherwise."""
    is_deep = bytes_at(files, 24, 1)[:, 0] == 16
    return is_deep if data.white_level is not None else tf.zeros_like(is_deep)


def unusable_items(config: MedicalConfig) -> Mapping[str, Rows]:
    """One file of each kind that is refused; each would cost much, fail, or be shown wrongly."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    png = encode_png(pixels)
    jpeg: bytes = tf.io.encode_jpeg(pixels).numpy()
    contents = _other_files() | {
        "truncated PNG": png[: len(png) // 2],
        "truncated JPEG": jpeg[: len(jpeg) // 2],
        "damaged PNG": png[:-20] + bytes(20),
        "JPEG header alone": jpeg[:20],
    }
    side = int(config.data.image_limit_px**0.5) + 1
    frame = jpeg.index(b"\xff\xc0") + 5  # height and width of the frame header
    large = jpeg[:frame] + b"\xff\xff\xff\xff" + jpeg[frame + 4 :]
    contents["JPEG of too many pixels"] = large
    contents["PNG of too many pixels"] = _png_header(struct.pack(">II", side, side)) + png[33:]
    nothing = np.full((1, len(config.data.tabular_columns)), "", dtype=object)
    beside = {TABULAR: nothing} if config.data.tabular_columns else {}
    items: dict[str, Rows] = {
        kind: {IMAGE_BYTES: np.array([content], dtype=object), **beside}
        for kind, content in contents.items()
    }
    good = np.array([png], dtype=object)
    for name, values in unusable_values(config.data).items():
        items[name] = {IMAGE_BYTES: good, TABULAR: values}
    return items


def _other_files() -> dict[str, bytes]:
    palette = struct.pack("<IIIHHI", 40, 1, 1, 1, 8, 0)
    screen = struct.pack("<HHBBB", 9, 9, 0, 0, 0)
    contents = {"empty": b"", "text": b"no image at all"}
    contents["TIFF"] = b"II*\0\x08\0\0\0" + bytes(64)
    contents["WebP"] = b"RIFF\x1a\0\0\0WEBPVP8L" + bytes(32)
    contents["DICOM"] = bytes(128) + b"DICM" + bytes(64)
    contents["BMP with a palette"] = b"BM" + bytes(12) + palette
    contents["GIF without an image"] = b"GIF89a" + screen + b";"
    return contents


def _png_header(size: bytes) -> bytes:
    header = b"IHDR" + size + b"\x08\x02\0\0\0"
    return _PNG_MARK + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
