from __future__ import annotations

import numpy as np
import pytest

from pipelines.medical_imaging.reading.measurements.colour import (
    from_lab,
    from_linear,
    to_lab,
    to_linear,
)


@pytest.mark.parametrize(
    ("colour", "lab"),
    [
        # Reference values of the sRGB primaries under D65.
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.74, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_known_colours_have_their_known_coordinates(
    colour: tuple[int, int, int], lab: tuple[float, float, float]
) -> None:
    assert np.allclose(to_lab(np.array(colour, np.uint8)), lab, atol=0.05)


def test_lab_and_back_is_the_identity() -> None:
    colours = np.random.default_rng(0).integers(0, 256, (500, 3)).astype(np.uint8)
    assert np.array_equal(from_lab(to_lab(colours)), colours)


def test_linear_light_and_back_is_the_identity() -> None:
    codes = np.arange(256, dtype=np.uint8)
    assert np.array_equal(from_linear(to_linear(codes)), codes)


def test_half_the_light_is_code_188() -> None:
    assert from_linear(np.array([-0.2, 0.5, 1.7])).tolist() == [0, 188, 255]  # IEC 61966-2-1
