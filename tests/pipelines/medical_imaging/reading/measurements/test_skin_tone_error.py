"""How far the estimated skin tone is off, on phantoms whose skin colour is known.

The notes of `skin_tone.py` tell these numbers.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from data.dermatoscopy_phantoms import PhantomCollection, PhantomSettings
from pipelines.medical_imaging.perturbations.camera import expose
from pipelines.medical_imaging.perturbations.casts import COOL, WARM, balance_white
from pipelines.medical_imaging.reading.measurements.colour import Pixels, to_pixels
from pipelines.medical_imaging.reading.measurements.skin_tone import (
    skin_tone_name,
    typology_angle_degrees,
)

_COLLECTION = PhantomCollection(
    PhantomSettings(num_images=150, height_px=64, width_px=64, group_bias=0.5, seed=0)
)
_PHANTOMS = [_COLLECTION.draw(index) for index in range(150)]
_GENERATOR = np.random.default_rng(0)


def names(angles: NDArray[np.float64]) -> NDArray[np.str_]:
    return np.asarray([skin_tone_name(float(angle)) for angle in angles])


def estimated(images: list[Pixels]) -> NDArray[np.float64]:
    return np.asarray(
        [
            typology_angle_degrees(image, phantom.lesion)
            for image, phantom in zip(images, _PHANTOMS, strict=True)
        ]
    )


@pytest.fixture(scope="module")
def known() -> NDArray[np.float64]:
    """Degrees of the skin that was drawn."""
    nothing = np.zeros((1, 1), dtype=bool)
    return np.asarray(
        [
            typology_angle_degrees(to_pixels(phantom.skin_colour)[None, None], nothing)
            for phantom in _PHANTOMS
        ]
    )


@pytest.fixture(scope="module")
def found() -> NDArray[np.float64]:
    """Degrees as estimated, through hairs, glints, dark corners, one-sided light and noise."""
    return estimated([phantom.pixels for phantom in _PHANTOMS])


def test_the_estimate_follows_the_known_skin(
    known: NDArray[np.float64], found: NDArray[np.float64]
) -> None:
    assert np.corrcoef(known, found)[0, 1] > 0.98
    assert np.sqrt(np.mean((found - known) ** 2)) < 3.5
    assert abs(np.median(found - known)) < 1.0


def test_nine_of_ten_images_get_the_right_name_and_none_is_two_names_off(
    known: NDArray[np.float64], found: NDArray[np.float64]
) -> None:
    scale = ["dark", "brown", "tan", "intermediate", "light", "very light"]
    steps = [
        scale.index(one) - scale.index(other)
        for one, other in zip(names(known), names(found), strict=True)
    ]
    assert np.mean(np.asarray(steps) == 0) > 0.83
    assert np.abs(steps).max() == 1


@pytest.mark.parametrize(("gains", "sign"), [(WARM, -1.0), (COOL, 1.0)])
def test_another_device_moves_the_estimate_by_about_a_name(
    found: NDArray[np.float64], gains: tuple[float, float, float], sign: float
) -> None:
    moved = estimated([balance_white(phantom.pixels, gains) for phantom in _PHANTOMS])
    assert 6.0 < sign * np.nanmean(moved - found) < 13.0
    assert 0.3 < np.mean(names(moved) != names(found)) < 0.7


@pytest.mark.parametrize("stops", [-1 / 3, 1 / 3])
def test_a_third_of_a_stop_moves_the_estimate_by_about_a_name(
    found: NDArray[np.float64], stops: float
) -> None:
    moved = estimated([expose(phantom.pixels, stops, _GENERATOR) for phantom in _PHANTOMS])
    assert 6.0 < np.sign(stops) * np.nanmean(moved - found) < 13.0
