from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.medical_imaging.perturbations.camera import (
    add_sensor_noise,
    compress,
    darken_corners,
    expose,
    flatten,
)
from pipelines.medical_imaging.reading.measurements.colour import to_linear

GENERATOR = np.random.default_rng(0)


def plain(code: int, size: int = 64) -> NDArray[np.uint8]:
    return np.full((1, size, size, 3), code, dtype=np.uint8)


def test_one_stop_halves_or_doubles_the_light() -> None:
    light = to_linear(plain(120)).mean()
    assert to_linear(expose(plain(120), -1.0, GENERATOR)).mean() == pytest.approx(
        light / 2.0, rel=0.02
    )
    assert to_linear(expose(plain(120), 1.0, GENERATOR)).mean() == pytest.approx(
        light * 2.0, rel=0.02
    )


@pytest.mark.parametrize("electrons", [50.0, 500.0])
def test_noise_has_the_variance_of_photons_and_read_out(electrons: float) -> None:
    light = float(to_linear(plain(160)).mean())
    noisy = to_linear(add_sensor_noise(plain(160), electrons, GENERATOR))
    assert noisy.mean() == pytest.approx(light, rel=0.02)
    assert noisy.var() == pytest.approx(light / electrons + (2.0 / electrons) ** 2, rel=0.06)


def test_contrast_is_reduced_around_the_mean_of_each_image_and_channel() -> None:
    image = np.random.default_rng(1).integers(0, 256, (2, 16, 16, 3)).astype(np.uint8)
    flat = flatten(image, 0.25, GENERATOR)
    assert flat.mean(axis=(1, 2)) == pytest.approx(image.mean(axis=(1, 2)), abs=0.3)
    assert flat.std(axis=(1, 2)) == pytest.approx(image.std(axis=(1, 2)) / 4.0, abs=0.3)


def test_corners_keep_the_stated_share_of_light_and_the_middle_keeps_all() -> None:
    dark = to_linear(darken_corners(plain(255, 401), 0.35, GENERATOR))[0, :, :, 0]
    assert dark[200, 200] == pytest.approx(1.0, abs=0.01)
    assert dark[[0, 0, -1, -1], [0, -1, 0, -1]] == pytest.approx(0.35, abs=0.01)


def test_compression_hurts_more_at_lower_quality_and_leaves_plain_images_alone() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1, 32, 32, 3)).astype(np.uint8)
    good, bad = (
        np.abs(compress(noise, quality, GENERATOR).astype(float) - noise).mean()
        for quality in (90, 10)
    )
    assert good < bad
    assert np.array_equal(compress(plain(128), 50, GENERATOR), plain(128))
