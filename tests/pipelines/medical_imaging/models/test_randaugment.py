from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from pipelines.medical_imaging.models import randaugment
from pipelines.medical_imaging.models.randaugment import OPERATIONS, RandAugment

_BYTES = np.asarray(
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize(
        (32, 24), Image.Resampling.BICUBIC
    )
)
_IMAGE = _BYTES.astype(np.float32) / 127.5 - 1.0
_IMAGES = np.repeat(_IMAGE[None], 64, axis=0)


def _augment(num_operations: int = 1, magnitude: float = 0.5, seed: int = 1) -> RandAugment:
    return RandAugment(num_operations=num_operations, magnitude=magnitude, seed=seed)


def _all(operation: str, sign: float, magnitude: float = 0.5) -> NDArray[np.uint8]:
    """The image as one operation alone changes it, as bytes."""
    images = _IMAGES[:1]
    drawn = np.array([OPERATIONS.index(operation)])
    amount = np.array([sign * magnitude], np.float32)
    moved = randaugment._move(tf.constant(images), drawn, amount)
    changed = np.asarray(randaugment._recolour(moved, drawn, amount, magnitude))[0]
    as_bytes: NDArray[np.uint8] = np.rint((changed + 1.0) * 127.5).astype(np.uint8)
    return as_bytes


@pytest.mark.parametrize(
    ("operation", "sign", "expected"),
    [
        ("identity", 1, lambda image: image),
        ("autocontrast", 1, ImageOps.autocontrast),
        ("solarize", 1, lambda image: ImageOps.solarize(image, 128)),
        ("posterize", 1, lambda image: ImageOps.posterize(image, 6)),
        ("color", 1, lambda image: ImageEnhance.Color(image).enhance(1.45)),
        ("contrast", -1, lambda image: ImageEnhance.Contrast(image).enhance(0.55)),
        ("brightness", -1, lambda image: ImageEnhance.Brightness(image).enhance(0.55)),
        ("sharpness", 1, lambda image: ImageEnhance.Sharpness(image).enhance(1.45)),
    ],
)
def test_colours_change_as_in_pillow(operation: str, sign: float, expected: Any) -> None:
    found = _all(operation, sign).astype(int)
    wanted = np.asarray(expected(Image.fromarray(_BYTES))).astype(int)
    # Pillow smooths no border.
    assert np.abs(found - wanted)[1:-1, 1:-1].max() <= 2


@pytest.mark.parametrize(
    "operation", ["rotate", "shear_x", "shear_y", "translate_x", "translate_y"]
)
def test_moves_go_both_ways_about_the_middle(operation: str) -> None:
    one, other = (_all(operation, sign) for sign in (1, -1))
    assert np.abs(one.astype(int) - _BYTES).mean() > 5
    assert not np.array_equal(one, other)
    if not operation.startswith("translate"):
        assert np.abs(one[11:13, 15:17].astype(int) - _BYTES[11:13, 15:17]).max() < 30


def test_each_image_is_changed_by_operations_of_its_own() -> None:
    changed = np.asarray(_augment()(_IMAGES, training=True))
    assert np.isfinite(changed).all()
    assert np.abs(changed).max() <= 1.0
    kinds = {np.round(one, 3).tobytes() for one in changed}
    assert len(kinds) > 12
    same = (changed == _IMAGES).all(axis=(1, 2, 3)).mean()
    assert 0.0 < same < 0.3  # the identity, one of 13


def test_an_image_is_changed_whatever_stands_beside_it() -> None:
    others = np.concatenate([_IMAGES[:1], -_IMAGES[1:]])
    first, second = (np.asarray(_augment(2)(rows, training=True))[0] for rows in (_IMAGES, others))
    np.testing.assert_array_equal(first, second)


def test_it_acts_in_training_only_and_draws_by_its_seed() -> None:
    np.testing.assert_array_equal(np.asarray(_augment()(_IMAGES, training=False)), _IMAGES)
    np.testing.assert_array_equal(np.asarray(_augment(0)(_IMAGES, training=True)), _IMAGES)
    one, same, other = (
        np.asarray(_augment(seed=seed)(_IMAGES, training=True)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_larger_magnitude_changes_more() -> None:
    weak, strong = (
        np.abs(np.asarray(_augment(magnitude=magnitude)(_IMAGES, training=True)) - _IMAGES).mean()
        for magnitude in (0.05, 0.9)
    )
    assert strong > 3 * weak > 0


def test_a_layer_is_rebuilt_from_its_configuration() -> None:
    layer = _augment(2, 0.7, 3)
    assert RandAugment.from_config(layer.get_config()).get_config() == layer.get_config()
