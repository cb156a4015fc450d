"""An image file's bytes -> what the served graph takes.

Passed on as they are, or transcoded to PNG.

The graph decodes with stock TensorFlow operations: JPEG, PNG, GIF and BMP. Whatever these would
show wrongly (palettes in BMP, the orientation that a camera notes) or not at all (TIFF, DICOM) is
made a PNG of 8 bits here, at reading time.
"""

from __future__ import annotations

import struct
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps

from pipelines.medical_imaging.config import MedicalDataConfig
from pipelines.medical_imaging.reading.containers.damage import damaged
from pipelines.medical_imaging.reading.containers.jpeg import check_jpeg, has_odd_notes
from pipelines.medical_imaging.reading.containers.png import bit_depth, check_png
from pipelines.medical_imaging.reading.containers.tiff import check_tiff, remarks_of_libtiff
from pipelines.medical_imaging.reading.dicom import (
    DicomFacts,
    is_dicom,
    lacks_mark,
    read_dicom,
)
from pipelines.medical_imaging.reading.pixels import UnreadableImageError, stretch
from shared.config.setting_text import set_option
from shared.loading.files.user_files import DECODER_ERRORS
from shared.loading.tensorflow_startup import start_tensorflow

__all__ = ["WireImage", "decode_wire", "encode_png", "to_wire"]

# Pillow remarks on damaged notes in a file, such as Exif, which don't matter here: gaps in the
# pixels are found by `_check_whole`.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

_READABLE = ("JPEG", "PNG", "GIF", "BMP", "TIFF")
_CAMERA_JPEG = "MPO"  # a JPEG with further images behind the first; Pillow tells it by itself
_NAMED = ("WEBP", "JPEG2000", "PPM", "ICO")  # recognised, to be refused by name
_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")
_ORIENTATION, _UPRIGHT = 0x0112, 1  # Exif 2.32, section 4.6.4
_BITS_PER_SAMPLE, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0  # TIFF 6.0, section 8
_BMP_START = 10  # where the position of the pixels stands, then width and height
_BMP_BITS, _BMP_COMPRESSION = slice(28, 30), slice(30, 34)  # BITMAPINFOHEADER
_SHALLOW_BITS = 8
_TIFF_MARKS = (b"II*\0", b"MM\0*")


@dataclass(frozen=True)
class WireImage:
    """An image as a client would send it.

    Attributes:
        content: A JPEG, PNG, GIF or BMP file.
        facts: What is kept of a DICOM header; None for other files.
    """

    content: bytes
    facts: DicomFacts | None = None


def to_wire(content: bytes, data: MedicalDataConfig) -> WireImage:
    """Turn a file into what the served graph decodes as people see it.

    The file is a JPEG, PNG, GIF, BMP, TIFF or DICOM.

    The header is looked at first, so that a decompression bomb is refused before it unfolds. Of
    images with transparency the colours count as they are stored.

    Args:
        content: The file's bytes.
        data: Largest image, and how values of more than 8 bits become shades of grey.

    Raises:
        UnreadableImageError: It is of another kind, damaged, too large, or holds several images.
        DataError: It is DICOM, and pydicom is not installed.
    """
    if not content:
        raise UnreadableImageError("the file is empty")
    if is_dicom(content):
        image = read_dicom(content, data)
        return WireImage(encode_png(image.pixels), image.facts)
    if lacks_mark(content):
        raise UnreadableImageError(
            "it is a DICOM file without its first 132 bytes, which end in DICM: export it again, or"
            " write them with pydicom: dcmread(…, force=True).save_as(…, enforce_file_format=True)"
        )
    with _opened(content, data.image_limit_px) as opened:
        _check_whole(opened, content)
        if _is_wire(opened, content, data):
            return WireImage(content)
        return WireImage(encode_png(_transcoded(opened, content, data.white_level)))


def decode_wire(content: bytes) -> NDArray[np.uint8]:
    """Decode a JPEG, PNG, GIF or BMP file as the served graph will: (height, width, 3) uint8.

    Raises:
        UnreadableImageError: The graph can't read it.
    """
    start_tensorflow()
    import tensorflow as tf  # here, so that the pipeline's record does not need it

    try:
        return np.asarray(tf.io.decode_image(content, channels=3, expand_animations=False))
    except tf.errors.OpError as error:
        with Image.open(BytesIO(content)) as opened:
            raise damaged(str(opened.format)) from error


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """(height, width) or (height, width, 3) uint8 as the bytes of a PNG file."""
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


def _opened(content: bytes, limit_px: int) -> Image.Image:
    try:
        opened = Image.open(BytesIO(content), formats=(*_READABLE, *_NAMED))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImageError(f"it has more than the permitted {limit_px:,} pixels") from error
    except DECODER_ERRORS as error:
        if content.startswith(_TIFF_MARKS):
            raise UnreadableImageError(
                "its TIFF header is damaged, or names colours, bits or a compression that can't be"
                " read here"
            ) from error
        raise UnreadableImageError("it is not an image, or its header is damaged") from error
    if opened.format not in (*_READABLE, _CAMERA_JPEG):
        raise UnreadableImageError(
            f"it is a {opened.format} image; JPEG, PNG, GIF, BMP, TIFF and DICOM can be read:"
            " convert it"
        )
    if opened.width * opened.height > limit_px:
        raise UnreadableImageError(
            f"it has {opened.width} × {opened.height} pixels, more than the permitted {limit_px:,}"
        )
    if opened.format == "TIFF" and _has_another_page(opened):
        raise UnreadableImageError(
            "it is a TIFF file of several pages; save the one that counts as a file of its own"
        )
    return opened


def _has_another_page(opened: Image.Image) -> bool:
    try:
        opened.seek(1)
    except EOFError:
        return False
    except DECODER_ERRORS as error:
        raise damaged("TIFF") from error
    return True


def _check_whole(opened: Image.Image, content: bytes) -> None:
    """See what decoders pass over: gaps that they fill, and checksums that they don't compare."""
    try:
        match opened.format:
            case "JPEG" | "MPO":
                check_jpeg(content, most_px=opened.width * opened.height)
            case "PNG":
                check_png(content)
            case "TIFF":
                check_tiff(opened, content)
        if opened.mode == "P" and opened.format in ("PNG", "BMP"):
            _check_palette(opened)
    except UnreadableImageError:
        raise
    except DECODER_ERRORS as error:
        raise damaged(str(opened.format)) from error


def _check_palette(opened: Image.Image) -> None:
    palette = opened.palette
    num_colours = 0 if palette is None else len(palette.palette) // 3
    if int(np.asarray(opened).max()) >= num_colours:
        raise damaged(str(opened.format), "its palette lacks colours")


def _is_wire(opened: Image.Image, content: bytes, data: MedicalDataConfig) -> bool:
    """Whether the graph decodes the file as it is meant."""
    if _orientation(opened) != _UPRIGHT:
        return False
    match opened.format:
        case "BMP":  # TensorFlow takes palette indices for shades of grey, and no bytes behind
            is_plain = content[_BMP_COMPRESSION] == bytes(4)
            return content[_BMP_BITS] == b"\x18\x00" and is_plain and _has_only_pixels(content)
        case "PNG":  # of 16 bits TensorFlow keeps the upper 8, which scales by the bit depth
            return data.white_level is None or bit_depth(content) <= _SHALLOW_BITS
        case "JPEG" | "MPO":
            return not has_odd_notes(content)
        case "GIF":  # TensorFlow shows a small first frame without its canvas, transparency black
            tiles = opened.tile if isinstance(opened, ImageFile.ImageFile) else []
            fills_canvas = all(tile[1] == (0, 0, *opened.size) for tile in tiles)
            return fills_canvas and "transparency" not in opened.info
        case _:
            return False


def _orientation(opened: Image.Image) -> int:
    if "exif" not in opened.info:  # looking further would decode a whole PNG
        return _UPRIGHT
    try:
        return int(opened.getexif().get(_ORIENTATION, _UPRIGHT))
    except DECODER_ERRORS:
        return _UPRIGHT  # what can't be read says nothing


def _has_only_pixels(content: bytes) -> bool:
    """Whether a BMP file of 24 bits ends with its last pixel."""
    start, width, height = struct.unpack("<I4xii", content[_BMP_START : _BMP_START + 16])
    return bool(len(content) == start + abs(height) * (-(-width * 3 // 4) * 4))


def _transcoded(opened: Image.Image, content: bytes, white_level: int | None) -> NDArray[np.uint8]:
    kind = str(opened.format)
    with ExitStack() as stack:
        remarks = stack.enter_context(remarks_of_libtiff()) if kind == "TIFF" else []
        try:
            pixels = _upright_pixels(opened, content, white_level)
        except UnreadableImageError:
            raise
        except DECODER_ERRORS as error:
            raise damaged(kind) from error
    if remarks:
        raise damaged(kind)
    return pixels


def _upright_pixels(
    opened: Image.Image, content: bytes, white_level: int | None
) -> NDArray[np.uint8]:
    tags: Any = getattr(opened, "tag_v2", {})  # before loading, which drops them
    bits = tags.get(_BITS_PER_SAMPLE, (16,))
    if white_level is not None and opened.format == "PNG" and bit_depth(content) > _SHALLOW_BITS:
        return _turned(stretch(_deep_colours(content), low=0.0, high=white_level), opened)
    if white_level is not None and len(bits) > 1 and max(bits) > _SHALLOW_BITS:
        raise UnreadableImageError(
            "it is a TIFF file of colours of more than 8 bits, to which data.white_level can't be"
            " applied here: save it as PNG"
        )
    is_inverted = tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    upright = ImageOps.exif_transpose(opened)
    if upright.mode not in _DEEP_MODES:
        return _shallow(upright)
    if white_level is None and not upright.mode.startswith("I;16"):
        raise UnreadableImageError(
            "it holds 32-bit values, and nothing says which one is white: name it, such as"
            f" {set_option('data.white_level', 2**32 - 1)}"
        )
    grey = stretch(
        np.asarray(upright),
        low=0.0,
        high=2.0 ** bits[0] - 1.0 if white_level is None else float(white_level),
    )
    return 255 - grey if is_inverted else grey


def _shallow(image: Image.Image) -> NDArray[np.uint8]:
    """Grey or RGB; colours are as stored, however transparent."""
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"))
    if image.mode == "RGBa":
        image = image.convert("RGBA")
    try:
        return np.asarray(image.convert("RGB"))
    except ValueError as error:
        raise UnreadableImageError(
            f"its colours ({image.mode}) can't be shown here: save it as RGB"
        ) from error


def _deep_colours(content: bytes) -> NDArray[np.uint16]:
    """A PNG file of 16 bits as (height, width, 3): Pillow keeps 8 bits of colours."""
    start_tensorflow()
    import tensorflow as tf  # here, so that the pipeline's record does not need it

    return np.asarray(tf.io.decode_png(content, channels=3, dtype=tf.uint16))


def _turned(pixels: NDArray[np.uint8], opened: Image.Image) -> NDArray[np.uint8]:
    image = Image.fromarray(pixels)
    image.getexif()[_ORIENTATION] = _orientation(opened)
    return np.asarray(ImageOps.exif_transpose(image))
