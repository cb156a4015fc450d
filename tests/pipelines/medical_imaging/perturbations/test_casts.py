from __future__ import annotations

import numpy as np
import pytest

from pipelines.medical_imaging.perturbations.casts import COOL, WARM, balance_white, turn_hue
from pipelines.medical_imaging.reading.measurements.colour import from_lab, to_lab

SKIN = np.tile(from_lab(np.array([70.0, 15.0, 18.0])), (1, 4, 4, 1))


def test_turning_hues_keeps_lightness_and_chroma() -> None:
    before, after = (
        to_lab(SKIN)[0, 0, 0],
        to_lab(turn_hue(SKIN, 30.0, np.random.default_rng(0)))[0, 0, 0],
    )
    assert after[0] == pytest.approx(before[0], abs=0.3)
    assert np.hypot(*after[1:]) == pytest.approx(np.hypot(*before[1:]), abs=0.4)
    turned = np.degrees(np.arctan2(after[2], after[1]) - np.arctan2(before[2], before[1]))
    assert abs(turned) == pytest.approx(30.0, abs=1.0)


def test_hues_turn_either_way() -> None:
    turned = turn_hue(np.repeat(SKIN, 20, axis=0), 20.0, np.random.default_rng(0))
    assert len(np.unique(turned, axis=0)) == 2


def test_shades_of_grey_have_no_hue_to_turn() -> None:
    shades = np.repeat(np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1), 3, axis=-1)
    assert np.array_equal(turn_hue(shades, 30.0, np.random.default_rng(0)), shades)


@pytest.mark.parametrize(("gains", "yellower"), [(WARM, True), (COOL, False)])
def test_another_device_moves_skin_by_the_published_colour_error(
    gains: tuple[float, float, float], yellower: bool
) -> None:
    before, after = to_lab(SKIN)[0, 0, 0], to_lab(balance_white(SKIN, gains))[0, 0, 0]
    assert np.linalg.norm(after - before) == pytest.approx(7.8, abs=0.5)
    assert (after[2] > before[2]) == yellower
