from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.medical_imaging.data import synthesize
from pipelines.medical_imaging.preprocess import build_decode, build_preprocess
from tests.pipelines.medical_imaging.images import config, encode, image


def decode(*contents: bytes) -> NDArray[Any]:
    return np.asarray(build_decode(config())({"image_bytes": tf.constant(list(contents))})["image"])


def test_images_of_any_kind_and_size_become_one_shape() -> None:
    small, grey, jpeg = (
        encode(image(1, 9, 9)),
        encode(image(2)[..., 0]),
        encode(image(3, 80, 50), "JPEG"),
    )
    decoded = decode(small, grey, jpeg)
    assert (decoded.shape, decoded.dtype.name) == ((3, 32, 32, 3), "uint8")


def test_a_image_of_the_right_size_is_not_changed() -> None:
    pixels = image(0, 32, 32)
    assert np.array_equal(decode(encode(pixels))[0], pixels)


def test_scaling_down_averages_instead_of_dropping_pixels() -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(decode(encode(stripes))[0].astype(float) - 127.5).max() < 5.0


def test_a_damaged_image_stops_the_graph() -> None:
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode(b"no picture")


def test_decode_and_preprocess_reload_from_their_own_files(tmp_path: Path) -> None:
    cfg = config()
    train = synthesize(cfg, 60, 0).train
    wire = {"image_bytes": tf.constant(train.rows(np.arange(3))["image_bytes"].tolist())}
    decode_model, preprocess = build_decode(cfg), build_preprocess(cfg, train)
    expected = preprocess(decode_model(wire))["image"]
    for name, model in (("decode", decode_model), ("preprocess", preprocess)):
        model.save(tmp_path / f"{name}.keras")
    again = [
        keras.saving.load_model(tmp_path / f"{name}.keras") for name in ("decode", "preprocess")
    ]
    assert np.array_equal(again[1](again[0](wire))["image"], expected)
    assert expected.dtype == tf.uint8
