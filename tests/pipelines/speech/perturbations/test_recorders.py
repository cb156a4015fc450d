from __future__ import annotations

import numpy as np
import pytest

from pipelines.speech.perturbations.recorders import (
    DISTORTION_RATIOS_DB,
    clip_peaks,
    play_faster,
    turn_down,
)
from tests.pipelines.speech.sounds import tone

_CLIPS = np.zeros((2, 8000))
_CLIPS[:, 2000:6000] = tone([300.0, 2500.0], 0.5)


@pytest.mark.parametrize("ratio_db", DISTORTION_RATIOS_DB)
def test_clipping_leaves_the_stated_signal_to_distortion_ratio_at_any_level(
    ratio_db: float,
) -> None:
    clips = _CLIPS * np.array([[1.0], [0.01]])
    clipped = clip_peaks(clips, ratio_db)
    measured_db = 10.0 * np.log10((clips**2).sum(axis=1) / ((clips - clipped) ** 2).sum(axis=1))
    assert measured_db == pytest.approx(ratio_db, abs=0.01)


def test_a_faster_tape_raises_the_pitch_and_shortens() -> None:
    changed = play_faster(_CLIPS, 1.5)[0]
    loudest_hz = float(np.abs(np.fft.rfft(changed)).argmax())
    assert loudest_hz in (pytest.approx(450.0, abs=5.0), pytest.approx(3750.0, abs=5.0))
    assert np.abs(changed[:2500]).max() < 0.01
    assert np.abs(changed[3500:4500]).max() > 0.1


def test_quieter_is_as_many_decibels_quieter_in_steps_of_16_bits() -> None:
    quiet = turn_down(_CLIPS, 12.0)
    assert np.abs(quiet - _CLIPS * 10.0**-0.6).max() <= 0.5 / 32768.0
    assert np.array_equal(quiet * 32768.0, np.round(quiet * 32768.0))


def test_what_is_below_one_step_is_lost() -> None:
    assert not turn_down(_CLIPS * 1e-3, 40.0).any()
