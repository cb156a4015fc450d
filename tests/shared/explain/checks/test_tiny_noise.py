from __future__ import annotations

import numpy as np

from shared.explain.checks.tiny_noise import with_tiny_noise


def test_pixels_move_by_two_levels_at_most_and_stay_pixels() -> None:
    image = np.full((1, 8, 8, 3), 255, np.uint8)
    found = with_tiny_noise({"image": image}, seed=0)
    assert found is not None
    moved = image.astype(int) - found["image"]
    assert found["image"].dtype == np.uint8
    assert set(np.unique(moved)) == {0, 1, 2}


def test_numbers_move_by_a_hundredth_of_their_columns_spread_or_size() -> None:
    window = np.stack([1e6 + np.arange(100.0), np.zeros(100), np.full(100, np.nan)], axis=-1)[None]
    found = with_tiny_noise({"window": window, "category": np.array([["a"]])}, seed=0)
    assert found is not None
    moved = np.abs(found["window"] - window)[0]
    assert 0.0 < moved[:, 0].mean() < 0.02 * np.arange(100.0).std()
    assert (moved[:, 1] == 0.0).all()
    assert np.isnan(found["window"][0, :, 2]).all()
    assert found["category"].tolist() == [["a"]]


def test_a_text_cannot_change_a_little() -> None:
    assert with_tiny_noise({"text": np.array([b"good"], dtype=object)}, seed=0) is None
