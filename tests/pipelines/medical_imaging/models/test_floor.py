from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pipelines.medical_imaging.models.floor import ImageStatistics

_COLOURS = slice(192, 195)
_STEEPNESS = slice(246, None)


def _measure(*images: np.ndarray) -> np.ndarray:
    return np.asarray(ImageStatistics()(np.stack(images).astype(np.uint8)))


def test_colour_and_texture_are_told() -> None:
    red = np.zeros((32, 40, 3))
    red[..., 0] = 255
    rough = np.random.default_rng(0).integers(0, 256, (32, 40, 3))
    plain, noisy = _measure(red, rough)
    assert np.allclose(plain[_COLOURS], [1, 0, 0])
    assert (noisy[_STEEPNESS] > plain[_STEEPNESS] + 1).all()
    assert np.allclose(plain[198:246].reshape(16, 3).sum(axis=0), 1.0)


def test_an_image_is_measured_by_itself_whatever_its_size() -> None:
    for shape in ((8, 8, 3), (5, 9, 3), (33, 64, 3)):
        image = np.random.default_rng(0).integers(0, 256, shape)
        layer = ImageStatistics()
        alone = _measure(image)
        both = _measure(image, 255 - image)
        assert np.allclose(alone[0], both[0], atol=1e-6)
        assert alone.shape[1] == layer.compute_output_spec(_Shaped(shape)).shape[1]


@pytest.mark.parametrize("shape", [(5, 9, 3), (8, 8, 3), (36, 48, 3)])
def test_thumbnails_are_means_of_equal_areas(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape)
    expected = tf.image.resize(image[None] / 255.0, (8, 8), method="area")
    assert np.allclose(_measure(image)[0, :192], np.ravel(expected), atol=1e-6)


class _Shaped:
    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = (None, *shape)
