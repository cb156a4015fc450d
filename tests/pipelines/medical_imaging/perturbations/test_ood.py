from __future__ import annotations

import numpy as np
import pytest

from pipelines.medical_imaging.perturbations.ood import (
    film,
    lens_cap,
    natural_noise,
    text_page,
    tiles,
)


def test_the_amplitude_of_natural_noise_falls_like_one_over_frequency() -> None:
    shades = np.stack(
        [
            natural_noise(64, 64, np.random.default_rng(seed))[..., 0].astype(float)
            for seed in range(20)
        ]
    )
    amplitude = np.abs(np.fft.rfft2(shades - shades.mean(axis=(1, 2), keepdims=True))).mean(axis=0)
    frequency = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.rfftfreq(64)[None, :])
    middle = (frequency > 0.04) & (frequency < 0.3)
    slope = np.polyfit(np.log(frequency[middle]), np.log(amplitude[middle]), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.15)


def test_a_page_is_mostly_white_with_dark_letters() -> None:
    page = text_page(96, 96, np.random.default_rng(0))
    assert 0.05 < (page < 128).mean() < 0.35
    assert (page > 200).mean() > 0.5


def test_tiles_have_two_colours() -> None:
    assert len(np.unique(tiles(48, 64, np.random.default_rng(0)).reshape(-1, 3), axis=0)) == 2


def test_a_film_is_grey_and_dark_where_the_lungs_are() -> None:
    image = film(64, 64, np.random.default_rng(0))
    assert (image == image[..., :1]).all()
    assert image[32, 18].mean() < image[32, 32].mean() - 60


def test_below_a_lens_cap_all_is_nearly_black() -> None:
    assert lens_cap(32, 32, np.random.default_rng(0)).max() < 30
