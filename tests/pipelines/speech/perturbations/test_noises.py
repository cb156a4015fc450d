from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipelines.speech.perturbations.noises import add_babble, add_pink_noise, add_white_noise
from tests.pipelines.speech.sounds import tone

_CLIPS = np.zeros((3, 8000))
for _place, _hertz in enumerate((300.0, 700.0, 1100.0)):
    _CLIPS[_place, 2000:6000] = tone([_hertz], 0.5)


@pytest.mark.parametrize("add", [add_white_noise, add_pink_noise, add_babble])
@pytest.mark.parametrize("snr_db", [20.0, 0.0])
def test_noise_has_the_stated_level_below_the_speech_while_it_lasts(
    add: Callable[..., Any], snr_db: float
) -> None:
    noise = add(_CLIPS, snr_db, np.random.default_rng(0)) - _CLIPS
    measured_db = 10.0 * np.log10(
        (_CLIPS[:, 2000:6000] ** 2).mean(axis=1) / (noise**2).mean(axis=1)
    )
    assert measured_db == pytest.approx(snr_db, abs=0.2)


@pytest.mark.parametrize(("add", "expected_db"), [(add_white_noise, 0.0), (add_pink_noise, -3.0)])
def test_power_density_falls_by_the_stated_slope_an_octave(
    add: Callable[..., Any], expected_db: float
) -> None:
    power = (np.abs(np.fft.rfft(add(_CLIPS, 0.0, np.random.default_rng(0)) - _CLIPS)) ** 2).mean(
        axis=0
    )  # a bin is a hertz
    octave_db = 10.0 * np.log10(power[2000:4000].mean() / power[1000:2000].mean())
    assert octave_db == pytest.approx(expected_db, abs=0.5)


def test_babble_is_made_of_the_other_clips_and_not_of_the_clip_itself() -> None:
    spectra = np.abs(np.fft.rfft(add_babble(_CLIPS, 0.0, np.random.default_rng(0)) - _CLIPS))
    own = spectra[[0, 1, 2], [300, 700, 1100]]
    others = spectra[[0, 1, 2], [700, 1100, 300]] + spectra[[0, 1, 2], [1100, 300, 700]]
    assert (own < 0.1 * others).all()


def test_a_clip_without_company_babbles_with_itself() -> None:
    assert not np.allclose(add_babble(_CLIPS[:1], 0.0, np.random.default_rng(0)), _CLIPS[:1])
