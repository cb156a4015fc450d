from __future__ import annotations

import numpy as np
import pytest

from pipelines.speech.perturbations.ood import (
    chords,
    reversed_speech,
    silence,
    tones,
    white_noise,
)
from pipelines.speech.spectra import speech_power
from tests.pipelines.speech.sounds import tone

_CLIPS = np.zeros((4, 8000))
_CLIPS[:, 2000:6000] = tone([300.0, 2500.0], 0.5)
_SOUNDS = {
    "chords": chords(_CLIPS, np.random.default_rng(0), sample_rate_hz=8000),
    "tones": tones(_CLIPS, np.random.default_rng(0), sample_rate_hz=8000),
    "white noise": white_noise(_CLIPS, np.random.default_rng(0)),
}


@pytest.mark.parametrize("name", _SOUNDS)
def test_a_ood_sound_is_as_loud_as_the_speech_that_it_replaces(name: str) -> None:
    assert speech_power(_SOUNDS[name]) == pytest.approx(speech_power(_CLIPS))


def test_a_tone_has_one_frequency_and_another_in_each_clip() -> None:
    power = np.abs(np.fft.rfft(_SOUNDS["tones"] * np.hanning(8000))) ** 2
    loudest = power.argmax(axis=1)
    assert len(set(loudest.tolist())) == 4
    assert all(
        power[clip, hertz - 5 : hertz + 6].sum() > 0.99 * power[clip].sum()
        for clip, hertz in enumerate(loudest)
    )


def test_a_chord_is_a_root_a_third_and_a_fifth() -> None:
    power = (
        np.abs(np.fft.rfft(_SOUNDS["chords"][0, :4000], 80_000)) ** 2
    )  # a tenth of a hertz a bin
    hertz = np.arange(len(power)) / 10.0
    roots = 440.0 * 2.0 ** ((np.arange(48, 72) - 69) / 12.0)
    fits = [
        sum(power[np.abs(hertz - root * 2.0 ** (step / 12.0)) < 2.0].sum() for step in (0, 7))
        for root in roots
    ]
    root = roots[int(np.argmax(fits))]
    thirds = [
        power[np.abs(hertz - root * 2.0 ** (step / 12.0)) < 2.0].sum() for step in (2, 3, 4, 5)
    ]
    assert int(np.argmax(thirds)) in (1, 2)


def test_silence_is_one_step_of_16_bits() -> None:
    assert set(np.unique(silence(_CLIPS, np.random.default_rng(0)) * 32768.0).tolist()) == {
        -1.0,
        0.0,
        1.0,
    }


def test_reversed_speech_ends_where_it_began() -> None:
    assert np.array_equal(reversed_speech(_CLIPS, np.random.default_rng(0))[:, 0], _CLIPS[:, -1])
