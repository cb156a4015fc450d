from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.medical_imaging.perturbations.blurring import defocus, shake

GENERATOR = np.random.default_rng(0)


def point(size: int = 64) -> NDArray[np.uint8]:
    """One white pixel in the middle of black."""
    image = np.zeros((1, size, size, 3), dtype=np.uint8)
    image[0, size // 2, size // 2] = 255
    return image


def test_a_point_becomes_a_disk_of_the_stated_radius() -> None:
    lit = defocus(point(), 5.0 / 64.0, GENERATOR)[0, :, :, 0] > 0
    down, right = np.nonzero(lit)
    distances = np.hypot(down - 32, right - 32)
    assert distances.max() == pytest.approx(5.0, abs=0.5)
    assert lit.sum() == pytest.approx(np.pi * 25.0, rel=0.25)


def test_a_point_becomes_a_line_of_the_stated_length() -> None:
    down, right = np.nonzero(shake(point(), 9.0 / 64.0, GENERATOR)[0, :, :, 0] > 10)
    offsets = np.stack([down - 32.0, right - 32.0])
    spread = np.linalg.eigvalsh(np.cov(offsets))
    assert 2.0 * np.hypot(*offsets).max() == pytest.approx(9.0, abs=1.5)
    assert spread[0] < 0.1 * spread[1]


def test_each_image_is_shaken_in_a_direction_of_its_own() -> None:
    first, second = shake(np.repeat(point(), 2, axis=0), 0.2, GENERATOR)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("change", [defocus, shake])
def test_a_plain_image_stays_plain_up_to_its_edge(
    change: Callable[..., NDArray[np.uint8]],
) -> None:
    plain = np.full((1, 20, 30, 3), 90, dtype=np.uint8)
    assert np.array_equal(change(plain, 0.2, GENERATOR), plain)
