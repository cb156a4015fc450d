from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.speech.reading.levels import LevelMeter, refuse_inaudible
from shared.errors import DataError

_TIMES = np.arange(8000) / 8000.0
_SOUND = 0.2 * np.sin(2.0 * np.pi * 440.0 * _TIMES)


def _measured(*channels: NDArray[np.floating]) -> LevelMeter:
    block = np.stack(channels, axis=1)
    levels = LevelMeter()
    for part in np.array_split(block, 3):
        levels.add(part, part.mean(axis=1))
    return levels


def _hiss(level: float, seed: int) -> NDArray[np.float64]:
    return level * np.random.default_rng(seed).normal(size=len(_SOUND))


def _in_16_bits(samples: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(np.floor(32767.0 * samples) / 32768.0)


@pytest.mark.parametrize("hiss", [0.0, 0.002, 0.04])
def test_opposite_channels_are_refused_with_hiss_and_rounding(hiss: float) -> None:
    left = _in_16_bits(_SOUND + _hiss(hiss, 1))
    right = _in_16_bits(-_SOUND + _hiss(hiss, 2))
    with pytest.raises(DataError, match="2 channels cancel each other"):
        refuse_inaudible(_measured(left, right))


def test_alike_unrelated_and_empty_channels_are_kept() -> None:
    refuse_inaudible(_measured(_SOUND, _SOUND))
    refuse_inaudible(_measured(_SOUND, np.zeros_like(_SOUND)))
    refuse_inaudible(_measured(_hiss(0.1, 1), _hiss(0.1, 2)))
    refuse_inaudible(_measured(*(_hiss(0.1, seed) for seed in range(64))))


def test_the_level_of_near_silence_is_said() -> None:
    with pytest.raises(DataError, match=r"nearly silent: .* at most 1e-05 of full scale"):
        refuse_inaudible(_measured(0.5 + 5e-6 * np.sign(_SOUND)))


def test_only_equal_samples_are_called_equal() -> None:
    with pytest.raises(DataError, match="all samples are equal"):
        refuse_inaudible(_measured(np.full(100, 0.3)))


def test_runs_at_full_scale_are_counted_and_single_peaks_are_not() -> None:
    clipped = np.clip(10.0 * _SOUND, -1.0, 1.0)
    num_full = int((np.abs(clipped) == 1.0).sum())
    assert _measured(clipped).num_stuck >= 0.99 * num_full
    assert _measured(5.0 * _SOUND).num_stuck == 0
