from __future__ import annotations

import numpy as np

from pipelines.speech.models.floor import LogMelStatistics


def _clip(frames: int, *, low: float = 0.3, start: int = 0) -> np.ndarray:
    """A sound that rises through 6 bands, in silence."""
    image = np.zeros((40, 6), np.float32)
    place = np.linspace(0, 5, frames)[:, None]
    image[start : start + frames] = low + 0.5 * np.exp(-np.square(np.arange(6) - place))
    return image


def _measure(*clips: np.ndarray) -> np.ndarray:
    return np.asarray(LogMelStatistics()(np.stack(clips)))


def test_pace_place_and_level_hardly_matter() -> None:
    plain, slow, later, louder = _measure(
        _clip(20), _clip(36), _clip(20, start=15), _clip(20, low=0.4)
    )
    assert np.allclose(plain, later, atol=1e-5)
    assert np.allclose(plain, louder, atol=1e-3)
    assert np.abs(plain[:-1] - slow[:-1]).max() < 0.35
    assert slow[-1] > plain[-1]


def test_the_course_of_a_sound_is_told() -> None:
    rising, falling = _measure(_clip(20), _clip(20)[:20][::-1].copy().repeat(2, axis=0))
    assert np.abs(rising[:48] - falling[:48]).max() > 1.0


def test_silence_is_finite() -> None:
    assert np.isfinite(_measure(np.zeros((40, 6), np.float32))).all()
