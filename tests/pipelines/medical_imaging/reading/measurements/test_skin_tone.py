from __future__ import annotations

import numpy as np
import pytest

from pipelines.medical_imaging.reading.measurements.colour import from_lab
from pipelines.medical_imaging.reading.measurements.skin_tone import (
    skin_tone_name,
    skin_tone_notes,
    typology_angle_degrees,
)


@pytest.mark.parametrize(
    ("angle", "name"),
    [
        *(
            (56.0, "very light"),
            (55.0, "light"),
            (41.5, "light"),
            (41.0, "intermediate"),
            (28.0, "tan"),
            (10.0, "brown"),
        ),
        *((-29.0, "brown"), (-30.0, "dark"), (-90.0, "dark"), (float("nan"), "unknown")),
    ],
)
def test_angles_are_named_by_the_thresholds_of_chardon(angle: float, name: str) -> None:
    assert skin_tone_name(angle) == name


def test_only_the_skin_around_the_lesion_counts() -> None:
    skin = from_lab(np.array([70.0, 10.0, 20.0]))
    pixels = np.broadcast_to(skin, (40, 40, 3)).copy()
    lesion = np.zeros((40, 40), dtype=bool)
    lesion[10:30, 10:30] = True
    pixels[lesion] = 0
    assert typology_angle_degrees(pixels, lesion) == pytest.approx(
        45.0, abs=1.0
    )  # arctan((70 − 50) / 20)


def test_without_visible_skin_there_is_no_angle() -> None:
    assert np.isnan(
        typology_angle_degrees(np.zeros((20, 20, 3), np.uint8), np.ones((20, 20), dtype=bool))
    )


def test_bluish_skin_has_no_angle_because_no_skin_is_bluish() -> None:
    pixels = np.broadcast_to(from_lab(np.array([70.0, 10.0, -3.0])), (20, 20, 3))
    assert np.isnan(typology_angle_degrees(pixels, np.zeros((20, 20), dtype=bool)))


def test_the_notes_call_it_an_estimate_and_count_the_images_without() -> None:
    assert skin_tone_notes(["tan", "light"])[0].startswith(
        "skin_tone_estimate is an estimate from pixels, not a recorded attribute"
    )
    assert skin_tone_notes(["tan", "unknown", "unknown"])[1].startswith(
        "In 2 of 3 images no skin tone could be estimated"
    )
