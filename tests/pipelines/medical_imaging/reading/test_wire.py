from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from pipelines.medical_imaging.reading.wire import decode_wire, to_wire
from tests.pipelines.medical_imaging.images import config, encode, image


def decoded(content: bytes, *assignments: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return decode_wire(
        to_wire(content, config("data.image_limit_px=10_000", *assignments).data).content
    )


def saved(pil_image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    pil_image.save(stream, format=kind, **options)
    return stream.getvalue()


def why(content: bytes) -> str:
    with pytest.raises(UnreadableImageError) as caught:
        decoded(content)
    return str(caught.value)


def hollow_png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""
    chunks = [
        b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0),
        b"IDAT" + zlib.compress(b""),
    ]
    framed = [
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_lossless_kinds_decode_to_three_channels(kind: str) -> None:
    pixels = np.repeat(image()[..., :1], 3, axis=-1)
    assert np.array_equal(decoded(encode(pixels, kind)), pixels)


def test_a_jpeg_decodes_to_three_channels() -> None:
    assert decoded(encode(image(), "JPEG")).shape == (24, 32, 3)


def test_grey_images_decode_to_three_channels() -> None:
    assert decoded(encode(image()[..., 0])).shape == (24, 32, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_truncated_image_is_named_as_such(kind: str) -> None:
    content = encode(image(), kind)
    reason = why(content[: len(content) * 2 // 3])
    assert reason.startswith(f"its {kind} data is truncated or damaged")


def test_an_empty_file_is_named_as_such() -> None:
    assert why(b"") == "the file is empty"


def test_a_file_that_is_no_image_is_named_as_such() -> None:
    assert why(b"not an image at all") == "it is not an image, or its header is damaged"


def test_a_kind_that_is_not_read_is_named() -> None:
    assert (
        why(encode(image(), "WEBP"))
        == "it is a WEBP image; JPEG, PNG, GIF, BMP, TIFF and DICOM can be read: convert it"
    )


def test_a_image_beyond_the_limit_is_refused_by_its_header() -> None:
    assert why(hollow_png(200, 100)) == "it has 200 × 100 pixels, more than the permitted 10,000"


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    assert why(hollow_png(60_000, 60_000)) == "it has more than the permitted 10,000 pixels"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP"])
def test_what_the_graph_reads_rightly_is_passed_on_byte_for_byte(kind: str) -> None:
    content = encode(image(), kind)
    assert to_wire(content, config().data).content == content


_MODES = {"PNG": "1 L P RGB RGBA LA", "BMP": "1 L P RGB RGBA", "TIFF": "1 L P RGB RGBA LA CMYK"}
"""What Pillow can write of each kind."""


@pytest.mark.parametrize(
    ("kind", "mode"), [(kind, mode) for kind, modes in _MODES.items() for mode in modes.split()]
)
def test_every_mode_of_8_bits_shows_the_colours_of_the_file(kind: str, mode: str) -> None:
    pil_image = Image.fromarray(image()).convert(mode)
    assert np.array_equal(decoded(saved(pil_image, kind)), np.asarray(pil_image.convert("RGB")))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_are_scaled_by_their_depth_not_clipped(kind: str) -> None:
    values = np.arange(0, 65536, 64, dtype=np.uint16).reshape(32, 32)
    shades = decoded(saved(Image.fromarray(values), kind))[..., 0].astype(np.float64)
    assert np.abs(shades - values / 65535.0 * 255.0).max() <= 1.0


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_12_bits_in_a_file_of_16_are_scaled_by_the_white_level(kind: str) -> None:
    values = np.linspace(0, 4095, 1024).astype(np.uint16).reshape(32, 32)
    shades = decoded(saved(Image.fromarray(values), kind), "data.white_level=4095")[..., 0]
    assert (shades[0, 0], shades[-1, -1]) == (0, 255)


def deep_png(values: np.ndarray[Any, np.dtype[np.uint16]], colour_type: int) -> bytes:
    """A PNG of 16 bits with any number of channels, which Pillow can't write."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    chunks = [
        b"IHDR" + struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0),
        b"IDAT" + zlib.compress(rows),
        b"IEND",
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in chunks
    )


@pytest.mark.parametrize(("channels", "colour_type"), [(1, 0), (2, 4), (3, 2), (4, 6)])
@pytest.mark.parametrize(("bits", "setting"), [(12, "data.white_level=4095"), (16, None)])
def test_the_white_level_acts_on_colours_and_with_transparency_too(
    channels: int, colour_type: int, bits: int, setting: str | None
) -> None:
    grey = np.linspace(0, 2**bits - 1, 1024).astype(np.uint16).reshape(32, 32)
    values = np.repeat(grey[..., None], channels, axis=-1)
    shown = decoded(deep_png(values, colour_type), *([setting] if setting else []))
    expected = np.repeat(grey[..., None] / (2.0**bits - 1) * 255.0, 3, axis=-1)
    assert np.abs(shown - expected).max() <= 1.0


def test_the_white_level_turns_no_image_of_8_bits() -> None:
    content = encode(image())
    assert to_wire(content, config("data.white_level=4095").data).content == content


def test_a_tiff_of_deep_colours_is_scaled_by_its_depth_or_refused_with_a_white_level() -> None:
    grey = np.linspace(0, 65535, 1024).astype("<u2").reshape(32, 32)
    content = deep_tiff(np.repeat(grey[..., None], 3, axis=-1))
    shown = decoded(content)[..., 1].astype(np.float64)
    assert np.abs(shown - grey / 65535 * 255).max() <= 1.0
    with pytest.raises(UnreadableImageError, match=r"to which data\.white_level can't be applied"):
        decoded(content, "data.white_level=4095")


def deep_tiff(values: np.ndarray[Any, np.dtype[np.uint16]]) -> bytes:
    """A TIFF of colours of 16 bits, which Pillow can't write."""
    height, width, channels = values.shape
    pixels = values.astype("<u2").tobytes()
    entries = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, 8 + len(pixels))]
    entries += [(259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 8), (277, 3, 1, channels)]
    entries += [(278, 3, 1, height), (279, 4, 1, len(pixels))]
    directory = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHII", *entry) for entry in entries
    )
    start = 8 + len(pixels) + 6
    return (
        (b"II*\0" + struct.pack("<I", start) + pixels + struct.pack("<HHH", 16, 16, 16))
        + directory
        + bytes(4)
    )


def test_the_white_level_keeps_the_orientation_of_a_deep_png() -> None:
    values = np.zeros((16, 32), dtype=np.uint16)
    values[:, :16] = 4095
    exif = Image.Exif()
    exif[0x0112] = 6
    content = saved(Image.fromarray(values), "PNG", exif=exif)
    turned = decoded(content, "data.white_level=4095")
    assert turned.shape == (32, 16, 3)
    assert (turned[4, 8, 0], turned[28, 8, 0]) == (255, 0)


def test_colours_that_can_not_be_read_are_not_called_damaged() -> None:
    halves = saved(Image.fromarray(np.zeros((8, 8), dtype=np.uint16)), "TIFF").replace(
        struct.pack("<HHIHH", 258, 3, 1, 16, 0), struct.pack("<HHIHH", 258, 3, 1, 24, 0)
    )
    assert why(halves).startswith("its TIFF header is damaged, or names colours, bits")


def test_a_tiff_whose_zero_is_white_is_inverted() -> None:
    values = np.full((8, 8), 60_000, dtype=np.uint16)
    assert decoded(saved(Image.fromarray(values), "TIFF", tiffinfo={262: 0}))[
        0, 0, 0
    ] == 255 - round(60_000 / 65_535 * 255)


def test_floats_need_a_white_level_and_finite_values() -> None:
    values = np.linspace(0.0, 2.0, 64, dtype=np.float32).reshape(8, 8)
    assert "name it, such as --set data.white_level=4294967295" in why(
        saved(Image.fromarray(values), "TIFF")
    )
    assert decoded(saved(Image.fromarray(values), "TIFF"), "data.white_level=2")[-1, -1, 0] == 255
    values[0, 0] = np.nan
    with pytest.raises(UnreadableImageError, match="it holds values that are NaN or infinite"):
        decoded(saved(Image.fromarray(values), "TIFF"), "data.white_level=2")


def test_a_tiff_of_several_pages_is_refused() -> None:
    page = Image.fromarray(image())
    assert why(saved(page, "TIFF", save_all=True, append_images=[page])).startswith(
        "it is a TIFF file of several pages"
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_image_is_turned_as_the_camera_noted(kind: str) -> None:
    pil_image = Image.new("RGB", (32, 16), "black")
    pil_image.paste("white", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise: the left half comes to the top
    turned = decoded(saved(pil_image, kind, exif=exif))
    assert turned.shape == (32, 16, 3)
    assert (turned[4, 8, 0] > 250, turned[28, 8, 0] < 5) == (True, True)
