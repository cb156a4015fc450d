from __future__ import annotations

import numpy as np

from pipelines.medical_imaging.generation.augmentation import augment, drawn_augmentation

_IMAGES = np.random.default_rng(0).uniform(-1.0, 1.0, (6, 16, 24, 3)).astype(np.float32)


def test_a_change_that_changes_nothing_gives_the_image_back() -> None:
    still = {
        "brightness": np.zeros((6, 1, 1, 1), np.float32),
        "saturation": np.ones((6, 1, 1, 1), np.float32),
        "contrast": np.ones((6, 1, 1, 1), np.float32),
        "rows": np.tile(np.eye(16, dtype=np.float32), (6, 1, 1)),
        "columns": np.tile(np.eye(24, dtype=np.float32), (6, 1, 1)),
        "kept": np.ones((6, 16, 24, 1), np.float32),
    }
    np.testing.assert_allclose(augment(_IMAGES, still), _IMAGES, atol=1e-6)


def test_images_move_by_at_most_an_eighth_and_get_a_hole() -> None:
    drawn = drawn_augmentation(500, 16, 24, np.random.default_rng(1))
    moved = drawn["columns"].sum(axis=2).sum(axis=1)  # columns that are still inside
    assert moved.min() == 21
    assert moved.max() == 24
    holes = 1.0 - drawn["kept"].mean(axis=(1, 2, 3))
    assert holes.max() <= 0.3
    assert holes.min() > 0.0
    assert np.ptp(drawn["brightness"]) > 0.9
