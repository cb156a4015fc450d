"""Whatever a decoder only remarks on is named; what is complete is read; nobody hears of it."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from pipelines.medical_imaging.reading.containers.png import check_png
from pipelines.medical_imaging.reading.containers.tiff import remarks_of_libtiff
from tests.pipelines.medical_imaging.reading.test_wire import decoded, saved, why

Y, X = np.mgrid[:64, :96]
NOISE = np.random.default_rng(0).normal(0, 9, X.shape)
PIXELS = np.stack([128 + 90 * np.sin(X / 9) + NOISE, 2 * Y + NOISE, X + Y], axis=-1)
IMAGE = Image.fromarray(np.clip(PIXELS, 0, 255).astype(np.uint8))
END = b"\xff\xd9"


def cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def overwritten(content: bytes, position: int, new: bytes) -> bytes:
    return content[:position] + new + content[position + len(new) :]


def jpeg(**options: Any) -> bytes:
    return saved(IMAGE, "JPEG", **options)


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_blocks": 4}, {"subsampling": 0}]
)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_that_lost_scan_lines_is_named(options: dict[str, Any], mode: str) -> None:
    whole = saved(IMAGE.convert(mode), "JPEG", **options)
    decoded(whole)
    half = len(whole) // 2
    for damaged in (
        cut(whole, 0.6),
        cut(whole, 0.6) + END,
        whole[:-14] + END,
        overwritten(whole, half, bytes(200)),
    ):
        assert why(damaged).startswith("its JPEG data is truncated or damaged (")


@pytest.mark.parametrize("junk", [b"\0", b"hello world", END])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
def test_bytes_behind_the_end_are_no_damage(kind: str, junk: bytes) -> None:
    whole = saved(IMAGE, kind)
    assert np.array_equal(decoded(whole + junk), decoded(whole))


def test_odd_notes_in_a_jpeg_are_no_damage_and_nobody_hears_of_them(
    capfd: pytest.CaptureFixture[str],
) -> None:
    whole = jpeg(icc_profile=b"x" * 300)
    expected = decoded(whole)
    revision = overwritten(whole, whole.index(b"JFIF") + 5, b"\x09")
    profile = overwritten(whole, whole.index(b"ICC_PROFILE") + 12, b"\x07")
    for odd in (revision, profile):
        assert np.abs(decoded(odd).astype(int) - expected).max() <= 4  # another decoder's rounding
    assert capfd.readouterr() == ("", "")


def chunk(kind: bytes, body: bytes, checksum: int | None = None) -> bytes:
    own = zlib.crc32(kind + body) if checksum is None else checksum
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", own)


def png(rows: bytes, *, packed: bytes | None = None, checksum: int | None = None) -> bytes:
    """An RGB image of 96 × 64 pixels with these rows, or with this stream of them."""
    header = struct.pack(">IIBBBBB", 96, 64, 8, 2, 0, 0, 0)
    stream = zlib.compress(rows) if packed is None else packed
    body = chunk(b"IDAT", stream, checksum)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


ROWS = b"".join(b"\0" + row.tobytes() for row in np.asarray(IMAGE))
STREAM = zlib.compress(ROWS)


@pytest.mark.parametrize(
    "damaged",
    [
        png(ROWS[: len(ROWS) // 2]),
        png(ROWS, packed=STREAM[:-4]),
        png(ROWS, packed=STREAM[:-4] + b"\1\2\3\4"),
        png(ROWS, packed=STREAM[: len(STREAM) // 2] + bytes(len(STREAM) // 2)),
        png(ROWS, checksum=7),
        png(ROWS)[:-12],
        cut(png(ROWS), 0.6),
        png(b"\x09" + ROWS[1:]),
    ],
    ids=["rows", "no check", "check", "garbled", "checksum", "no end", "cut", "filter"],
)
def test_a_png_that_lost_or_changed_rows_is_named(damaged: bytes) -> None:
    assert why(damaged).startswith("its PNG data is truncated or damaged")


@pytest.mark.parametrize("whole", [png(ROWS + ROWS[:500]), png(ROWS, packed=STREAM + b"zz")])
def test_a_png_with_more_than_its_rows_is_whole(whole: bytes) -> None:
    assert np.array_equal(decoded(whole), np.asarray(IMAGE))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 9), (64, 64)])
def test_every_whole_png_passes(mode: str, size: tuple[int, int]) -> None:
    check_png(saved(IMAGE.resize(size).convert("L" if mode == "I;16" else mode), "PNG"))
    if mode == "I;16":
        check_png(saved(Image.fromarray(np.zeros(size, dtype=np.uint16)), "PNG"))


def test_interlaced_rows_are_counted() -> None:
    header = struct.pack(">IIBBBBB", 5, 3, 8, 0, 0, 0, 1)
    columns_and_rows = [(1, 1), (1, 1), (2, 0), (1, 1), (3, 1), (2, 2), (5, 1)]
    rows = sum(height * (1 + width) for width, height in columns_and_rows if height)
    whole = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    check_png(whole + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b""))
    with pytest.raises(ValueError, match="rows are missing"):
        check_png(whole + chunk(b"IDAT", zlib.compress(bytes(rows - 1))) + chunk(b"IEND", b""))


def test_indices_beyond_a_palette_are_named() -> None:
    whole = saved(IMAGE.quantize(16), "PNG")
    start = whole.index(b"PLTE") - 4
    size = struct.unpack(">I", whole[start : start + 4])[0]
    palette = whole[start + 8 : start + 8 + 12]
    shorter = whole[:start] + chunk(b"PLTE", palette) + whole[start + 12 + size :]
    assert why(shorter) == "its PNG data is truncated or damaged (its palette lacks colours)"


def tiff(compression: str | None, *, strip_bytes: int = 65536) -> bytes:
    before = TiffImagePlugin.STRIP_SIZE
    TiffImagePlugin.STRIP_SIZE = strip_bytes
    try:
        return saved(IMAGE, "TIFF", **({"compression": compression} if compression else {}))
    finally:
        TiffImagePlugin.STRIP_SIZE = before


def with_tag(content: bytes, tag: int, change: Any) -> bytes:
    """A TIFF file whose last value of a tag is changed."""
    changed = bytearray(content)
    directory = struct.unpack_from("<I", changed, 4)[0]
    for index in range(struct.unpack_from("<H", changed, directory)[0]):
        entry = directory + 2 + 12 * index
        found, kind, count = struct.unpack_from("<HHI", changed, entry)
        if found == tag:
            code, width = {3: ("<H", 2), 4: ("<I", 4)}[kind]
            where = entry + 8
            if count * width > 4:
                where = struct.unpack_from("<I", changed, entry + 8)[0] + width * (count - 1)
            struct.pack_into(
                code, changed, where, change(struct.unpack_from(code, changed, where)[0])
            )
    return bytes(changed)


COMPRESSIONS = [None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"]


@pytest.mark.parametrize("strip_bytes", [65536, 2048])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_tiff_whose_strips_are_missing_or_beyond_the_file_is_named(
    compression: str | None, strip_bytes: int, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = tiff(compression, strip_bytes=strip_bytes)
    decoded(whole)
    for damaged in (
        with_tag(whole, 273, lambda offset: 10**8),
        with_tag(whole, 273, lambda offset: 0),
        with_tag(whole, 279, lambda size: 0),
        with_tag(whole, 279, lambda size: size // 2),
        with_tag(whole, 278, lambda rows: 1),
    ):
        assert "data is truncated or damaged" in why(damaged)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_a_tiff_whose_streams_are_garbled_is_named_in_silence(
    compression: str, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = tiff(compression)
    assert "is truncated or damaged" in why(overwritten(whole, len(whole) // 2, bytes(300)))
    assert capfd.readouterr() == ("", "")


def test_remarks_of_a_fax_decoder_count_and_are_not_shown(
    capfd: pytest.CaptureFixture[str],
) -> None:
    whole = saved(IMAGE.convert("1"), "TIFF", compression="group4")
    assert decoded(whole).shape == (64, 96, 3)
    damaged = overwritten(whole, len(whole) // 2, b"\x12\x34\xff")
    assert why(damaged) == "its TIFF data is truncated or damaged"
    assert capfd.readouterr() == ("", "")


def test_what_others_say_meanwhile_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    import os

    with remarks_of_libtiff() as remarks:
        os.write(2, b"a warning of another library\nLZWDecode: Not enough data.\n")
    assert remarks == ["LZWDecode: Not enough data.\n"]
    assert capfd.readouterr().err == "a warning of another library\n"


def test_a_gif_counts_as_whole_once_its_first_frame_is() -> None:
    frames = [IMAGE.quantize(64), IMAGE.rotate(90).quantize(64)]
    whole = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.array_equal(decoded(whole[:-200]), decoded(whole))
    single = saved(frames[0], "GIF")
    assert np.array_equal(decoded(single[:-1]), decoded(single))
    assert why(cut(single, 0.6)) == "its GIF data is truncated or damaged"
    assert why(cut(single, 0.6) + b"\0;") == "its GIF data is truncated or damaged"


def test_transparent_colours_of_a_gif_count_as_stored() -> None:
    frame = IMAGE.quantize(64)
    assert np.array_equal(
        decoded(saved(frame, "GIF", transparency=3)), np.asarray(frame.convert("RGB"))
    )


def test_a_first_frame_that_does_not_fill_its_canvas_is_shown_on_it() -> None:
    frame = bytearray(saved(IMAGE.crop((0, 0, 50, 40)).quantize(64), "GIF"))
    struct.pack_into("<HH", frame, 6, 96, 64)
    assert decoded(bytes(frame)).shape == (64, 96, 3)
