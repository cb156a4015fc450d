from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from pipelines.medical_imaging.preprocess import build_decode
from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from pipelines.medical_imaging.reading.wire import decode_wire, to_wire
from pipelines.medical_imaging.refusals import build_refusals, unusable_items
from shared.serving.guarded_decode import decode_guarded
from tests.pipelines.medical_imaging.images import config, encode, image

_CONFIG = config()
_CONVERTED = frozenset({"BMP with a palette"})
"""Kinds of files that `predict` converts to what the graph takes."""


def _words(*files: bytes, limit_px: int | None = None) -> list[str]:
    settings = _CONFIG if limit_px is None else config(f"data.image_limit_px={limit_px}")
    (refuse,) = build_refusals(settings)
    return [words.decode() for words in refuse({"image_bytes": tf.constant(list(files))}).numpy()]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
def test_images_of_the_wire_are_not_refused_up_to_the_limit(kind: str) -> None:
    content = encode(image(0, 20, 30), kind)
    assert _words(content, limit_px=600) == [""]
    assert _words(content, limit_px=599)[0].endswith("pixels, more than the permitted 599")


def test_words_for_too_many_pixels_are_those_of_reading() -> None:
    (content,) = unusable_items(_CONFIG)["PNG of too many pixels"]["image_bytes"]
    with pytest.raises(UnreadableImageError) as refused:
        to_wire(content, _CONFIG.data)
    assert _words(content) == [str(refused.value)]


def test_what_the_graph_refuses_reading_refuses() -> None:
    items = unusable_items(_CONFIG)
    for kind in items.keys() - _CONVERTED:
        (content,) = items[kind]["image_bytes"]
        with pytest.raises(UnreadableImageError):
            decode_wire(to_wire(content, _CONFIG.data).content)


@pytest.mark.parametrize("kind", ["TIFF", "WEBP"])
def test_other_files_are_refused_by_name(kind: str) -> None:
    (words,) = _words(encode(image(), kind))
    assert words.startswith(f"it is a {kind} image; the model takes JPEG, PNG, GIF and BMP")


def test_deep_images_are_refused_where_a_white_level_would_be_ignored() -> None:
    stream = BytesIO()
    Image.fromarray(np.full((4, 4), 4095, dtype=np.uint16)).save(stream, format="PNG")
    wire = {"image_bytes": tf.constant([stream.getvalue()])}
    for assignments, is_refused in ((["data.white_level=4095"], True), ([], False)):
        (refuse,) = build_refusals(config(*assignments))
        assert bool(refuse(wire).numpy()[0]) == is_refused


def test_what_is_damaged_behind_its_header_costs_its_own_answer_only() -> None:
    good = encode(image())
    files = [good, good[:200], encode(image(1), "JPEG")[:-60], b"", good]
    rows, is_decoded = decode_guarded(
        build_decode(_CONFIG), {"image_bytes": tf.constant(files)}, tf.constant([True] * 5)
    )
    assert is_decoded.numpy().tolist() == [True, False, False, False, True]
    assert np.array_equal(rows["image"][0], rows["image"][4])
    assert not np.asarray(rows["image"][1]).any()
