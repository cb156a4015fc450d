from __future__ import annotations

import numpy as np
import pytest

from data.dermatoscopy_phantoms import SKIN_TONES, PhantomCollection, PhantomSettings
from pipelines.medical_imaging.perturbations.pigment import shift_skin_tone, skin_angles_degrees
from pipelines.medical_imaging.reading.measurements.colour import to_linear

COLLECTION = PhantomCollection(
    PhantomSettings(num_images=90, height_px=48, width_px=56, group_bias=0.0, seed=0)
)
PHANTOMS = [COLLECTION.draw(index) for index in range(90)]
IMAGES = np.stack([phantom.pixels for phantom in PHANTOMS])


@pytest.mark.parametrize("tone", SKIN_TONES)
def test_the_typology_angle_of_the_skin_falls_by_what_was_asked(tone: str) -> None:
    images = IMAGES[COLLECTION.patients.skin_tones == tone]
    shift = skin_angles_degrees(shift_skin_tone(images, -15.0)) - skin_angles_degrees(images)
    assert shift == pytest.approx(np.full(len(images), -15.0), abs=2.5)  # codes are whole numbers


@pytest.mark.parametrize("tone", ["medium", "dark"])
def test_the_typology_angle_of_the_skin_rises_by_what_was_asked(tone: str) -> None:
    images = IMAGES[COLLECTION.patients.skin_tones == tone]
    shift = skin_angles_degrees(shift_skin_tone(images, 15.0)) - skin_angles_degrees(images)
    assert shift == pytest.approx(np.full(len(images), 15.0), abs=2.5)  # codes are whole numbers


def test_skin_becomes_no_lighter_than_white_permits() -> None:
    lightest = shift_skin_tone(np.full((1, 32, 32, 3), (225, 200, 190), dtype=np.uint8), 60.0)[
        0, 0, 0
    ]
    assert to_linear(lightest).max() == pytest.approx(0.95, abs=0.01)


def test_skin_that_is_nearly_white_stays_as_it_is() -> None:
    white = np.full((1, 32, 32, 3), (252, 240, 235), dtype=np.uint8)
    assert np.array_equal(shift_skin_tone(white, 15.0), white)


@pytest.mark.parametrize("degrees", [-15.0, 15.0])
def test_the_contrast_of_lesion_to_skin_stays_channel_by_channel(degrees: float) -> None:
    for before, after, phantom in zip(
        IMAGES, shift_skin_tone(IMAGES, degrees), PHANTOMS, strict=True
    ):
        contrasts = [_contrast(image, phantom.lesion) for image in (before, after)]
        assert contrasts[1] == pytest.approx(contrasts[0], abs=0.03)


def test_more_melanin_takes_more_blue_than_red() -> None:
    factor = to_linear(shift_skin_tone(IMAGES, -15.0)).mean(axis=(0, 1, 2)) / to_linear(
        IMAGES
    ).mean(axis=(0, 1, 2))
    assert factor[2] < factor[1] < factor[0] < 1.0


def _contrast(image: np.ndarray, lesion: np.ndarray) -> np.ndarray:
    """(3,): light from the lesion over light from the skin."""
    light = to_linear(image)
    return np.asarray(np.median(light[lesion], axis=0) / np.median(light[~lesion], axis=0))
