from __future__ import annotations

import numpy as np
import pytest

from pipelines.medical_imaging.perturbations.hairs import draw_hairs

SKIN = np.full((4, 200, 150, 3), 200, dtype=np.uint8)


def test_hairs_darken_thin_lines_and_leave_the_rest_alone() -> None:
    touched = (draw_hairs(SKIN, 3, np.random.default_rng(0)) != SKIN).any(axis=-1).mean(axis=(1, 2))
    assert (touched > 0.005).all()
    assert (touched < 0.12).all()


def test_hairs_are_dark_where_they_cover_a_pixel() -> None:
    darkest = draw_hairs(
        np.full((1, 800, 800, 3), 200, dtype=np.uint8), 5, np.random.default_rng(0)
    ).min()
    assert 30 <= darkest <= 90


@pytest.mark.parametrize("size", [48, 96, 192])
def test_hairs_cover_the_same_share_of_a_image_of_any_size(size: int) -> None:
    image = np.full((8, size, size, 3), 200, dtype=np.uint8)
    darkness = 200.0 - draw_hairs(image, 8, np.random.default_rng(0)).mean()
    assert darkness == pytest.approx(5.5, rel=0.25)
