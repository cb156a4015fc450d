from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from pipelines.medical_imaging.files import ImageIndex, UnreadableImageError, decode_checked, find_images, map_in_threads, rows_from_files
from shared.errors import DataError
from tests.pipelines.medical_imaging.pictures import encode, picture, write_picture


def why(content: bytes, limit_px: int = 10_000) -> str:
    with pytest.raises(UnreadableImageError) as caught:
        decode_checked(content, limit_px=limit_px)
    return str(caught.value)


def hollow_png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""
    chunks = [b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"IDAT" + zlib.compress(b"")]
    framed = [struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_lossless_kinds_decode_to_three_channels(kind: str) -> None:
    pixels = np.repeat(picture()[..., :1], 3, axis=-1)
    assert np.array_equal(decode_checked(encode(pixels, kind), limit_px=10_000), pixels)


def test_a_jpeg_decodes_to_three_channels() -> None:
    assert decode_checked(encode(picture(), "JPEG"), limit_px=10_000).shape == (24, 32, 3)


def test_grey_pictures_decode_to_three_channels() -> None:
    assert decode_checked(encode(picture()[..., 0]), limit_px=10_000).shape == (24, 32, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_truncated_picture_is_named_as_such(kind: str) -> None:
    content = encode(picture(), kind)
    assert why(content[: len(content) * 2 // 3]) == f"its {kind} data is truncated or damaged"


def test_an_empty_file_is_named_as_such() -> None:
    assert why(b"") == "the file is empty"


def test_a_file_that_is_no_image_is_named_as_such() -> None:
    assert why(b"not an image at all") == "it is not an image, or its header is damaged"


def test_a_kind_that_the_graph_cannot_read_is_named() -> None:
    assert why(encode(picture(), "TIFF")) == "it is a TIFF image; JPEG, PNG, GIF and BMP can be read: convert it"


def test_a_picture_beyond_the_limit_is_refused_by_its_header() -> None:
    assert why(hollow_png(200, 100)) == "it has 200 × 100 pixels, more than the permitted 10,000"


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    assert why(hollow_png(60_000, 60_000)) == "it has more than the permitted 10,000 pixels"


def test_images_are_found_below_the_folder_without_hidden_ones_and_without_masks(tmp_path: Path) -> None:
    for name in ("b/two.JPG", "a.png", ".hidden/no.png", "masks/a.png", "c.tiff"):
        write_picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    found = find_images(tmp_path, besides=tmp_path / "masks")
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.png", "b/two.JPG", "c.tiff"]


@pytest.mark.parametrize("name", ["two", "two.png", "b/two", "b/two.png", "elsewhere/two.png"])
def test_a_picture_is_found_with_or_without_folder_and_suffix(tmp_path: Path, name: str) -> None:
    write_picture(tmp_path / "b" / "two.png")
    assert ImageIndex.of(tmp_path, find_images(tmp_path)).find(name) == tmp_path / "b" / "two.png"


def test_a_name_that_fits_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("a/x.png", "b/x.png"):
        write_picture(tmp_path / name)
    with pytest.raises(UnreadableImageError, match=r"several files fit the name 'x': a/x\.png, b/x\.png"):
        ImageIndex.of(tmp_path, find_images(tmp_path)).find("x")


def test_a_name_cannot_reach_outside_the_folder(tmp_path: Path) -> None:
    write_picture(tmp_path / "secret.png")
    (tmp_path / "inside").mkdir()
    with pytest.raises(UnreadableImageError, match=r"there is no image file '\.\./secret\.png'"):
        ImageIndex.of(tmp_path / "inside", find_images(tmp_path / "inside")).find("../secret.png")


def test_rows_come_in_the_order_asked_for(tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for index, path in enumerate(paths):
        write_picture(path, seed=index)
    rows = rows_from_files(paths)(np.array([2, 0]))
    assert rows["image_bytes"].tolist() == [paths[2].read_bytes(), paths[0].read_bytes()]


def test_a_file_that_has_gone_since_loading_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.png: it can't be read \(No such file or directory\)\. It was there"):
        rows_from_files([tmp_path / "gone.png"])(np.array([0]))


def test_threads_keep_the_order() -> None:
    assert map_in_threads(lambda value: value * value, list(range(50))) == [value * value for value in range(50)]
