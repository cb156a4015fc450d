from __future__ import annotations

import numpy as np

from pipelines.speech.denoising.noisy_clips import add_noise_and_rooms

_CLIPS = np.random.default_rng(0).normal(size=(12, 4000)) * np.hanning(4000)


def _noisy(seed: int) -> np.ndarray:
    return add_noise_and_rooms(_CLIPS, np.random.default_rng(seed), sample_rate_hz=8000)


def test_each_clip_gets_noise_of_its_own_strength() -> None:
    added = ((_noisy(1) - _CLIPS) ** 2).mean(axis=1)
    assert (added > 0.0).all()
    assert added.max() > 30.0 * added.min()  # drawn from 40 dB


def test_the_seed_decides() -> None:
    assert np.array_equal(_noisy(1), _noisy(1))
    assert not np.array_equal(_noisy(1), _noisy(2))
