from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from pipelines.medical_imaging.in_graph.gif import first_image_alone, read_gif_headers
from tests.pipelines.medical_imaging.images import encode, image


def _gif(num_frames: int, *, comment: bytes = b"") -> bytes:
    frames = [Image.fromarray(image(seed, 40, 60)) for seed in range(num_frames)]
    stream = BytesIO()
    frames[0].save(
        stream, format="GIF", save_all=True, append_images=frames[1:], loop=0, comment=comment
    )
    return stream.getvalue()


@cache
def _cutter() -> Any:
    def cut(content: Any) -> Any:
        return first_image_alone(content, read_gif_headers(content[None]).data[0])

    return tf.function(cut, input_signature=[tf.TensorSpec((), tf.string)])


def _alone(content: bytes) -> bytes:
    alone: bytes = _cutter()(tf.constant(content)).numpy()
    return alone


@pytest.mark.parametrize("comment", [b"", b"y" * 3000])
@pytest.mark.parametrize("num_frames", [1, 4])
def test_the_first_image_alone_has_the_pixels_that_it_had(num_frames: int, comment: bytes) -> None:
    content = _gif(num_frames, comment=comment)
    alone = _alone(content)
    with Image.open(BytesIO(alone)) as opened:
        assert getattr(opened, "n_frames", 1) == 1
    expected = tf.io.decode_image(content, channels=3, expand_animations=False)
    assert np.array_equal(tf.io.decode_image(alone, channels=3, expand_animations=False), expected)


def test_sizes_are_those_of_screen_and_image() -> None:
    header = read_gif_headers(tf.constant([_gif(2), encode(image()), b"GIF89a", b""]))
    assert header.screen_px.numpy().tolist() == [2400, 0, 0, 0]
    assert header.image_px.numpy().tolist() == [2400, 0, 0, 0]


def test_other_files_stay_as_they_are() -> None:
    png = encode(image())
    assert _alone(png) == png


def test_no_header_stops_the_graph() -> None:
    content = np.frombuffer(_gif(2), dtype=np.uint8)
    generator = np.random.default_rng(0)
    for _ in range(40):
        changed = content[: generator.integers(7, len(content))].copy()
        changed[generator.integers(6, min(len(changed), 900), size=3)] = generator.integers(256)
        assert _alone(changed.tobytes())
