from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pipelines.medical_imaging.in_graph.jpeg import count_scans, read_jpeg_headers, turned
from tests.pipelines.medical_imaging.images import encode, image

_ORIENTATION = 0x0112


def _jpeg(*, orientation: int | None = None, **options: Any) -> bytes:
    original = Image.fromarray(image(0, 24, 40))
    exif = Image.Exif()
    if orientation is not None:
        exif[0x010F] = "a maker"
        exif[_ORIENTATION] = orientation
        options["exif"] = exif
    stream = BytesIO()
    original.save(stream, format="JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"comment": b"x" * 60_000}])
def test_the_size_is_found_behind_all_segments(options: dict[str, Any]) -> None:
    header = read_jpeg_headers(tf.constant([encode(image()), _jpeg(**options), b""]))
    assert header.width_px.numpy().tolist() == [0, 40, 0]
    assert header.height_px.numpy().tolist() == [0, 24, 0]
    assert header.orientation.numpy().tolist() == [1, 1, 1]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_as_its_camera_notes(orientation: int) -> None:
    content = _jpeg(orientation=orientation)
    found = read_jpeg_headers(tf.constant([content])).orientation[0]
    assert int(found) == orientation
    with Image.open(BytesIO(content)) as opened:
        pixels: NDArray[np.uint8] = np.asarray(opened)
        upright = np.asarray(ImageOps.exif_transpose(opened))
    assert np.array_equal(turned(tf.constant(pixels), found), upright)


def test_a_note_that_is_none_of_eight_says_nothing() -> None:
    assert read_jpeg_headers(tf.constant([_jpeg(orientation=9)])).orientation.numpy() == [1]


def test_scans_are_counted() -> None:
    files = tf.constant([_jpeg(), _jpeg(progressive=True), b"", b"\xff"])
    one, many, *none = count_scans(files).numpy().tolist()
    assert (one, none) == (1, [0, 0])
    assert 5 < many < 20


def test_no_header_stops_the_graph() -> None:
    content = np.frombuffer(_jpeg(orientation=6), dtype=np.uint8)
    generator = np.random.default_rng(0)
    damaged = []
    for _ in range(200):
        changed = content[: generator.integers(3, 400)].copy()
        changed[generator.integers(3, len(changed) + 1, size=3) - 1] = generator.integers(256)
        damaged.append(changed.tobytes())
    header = read_jpeg_headers(tf.constant(damaged))
    assert header.width_px.shape == (200,)
