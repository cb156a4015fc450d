from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.speech.perturbations.recorders import play_faster
from pipelines.speech.perturbations.voices import scale_vocal_tract, shift_pitch
from pipelines.speech.spectra import speech_power
from tests.pipelines.speech.vowels import RATE_HZ, formants_hz, pitch_hz, vowel

_VOWELS = [
    (pitch, formants)
    for pitch in (110.0, 150.0, 205.0)
    for formants in ((530.0, 1680.0, 2500.0), (350.0, 1250.0, 2200.0))
]
_VOICES = pytest.mark.parametrize(("pitch", "formants"), _VOWELS)


def _formant_factor(
    before: NDArray[np.float64], after: NDArray[np.float64], expected: float
) -> float:
    """By how much formants moved, the median over the known ones.

    Each is compared with what lies nearest to where it should be.
    """
    found = formants_hz(after)
    known = formants_hz(before)[:3]
    return float(
        np.median([found[np.abs(found - expected * hertz).argmin()] / hertz for hertz in known])
    )


def test_pitch_and_formants_of_an_unchanged_vowel_are_what_was_synthesised() -> None:
    clip = vowel(150.0, (530.0, 1680.0, 2500.0))[0]
    assert pitch_hz(clip) == pytest.approx(150.0, rel=0.01)
    assert formants_hz(clip)[:3] == pytest.approx([530.0, 1680.0, 2500.0], rel=0.05)


@_VOICES
@pytest.mark.parametrize("semitones", [4.0, -4.0])
def test_pitch_moves_by_the_stated_semitones_and_formants_stay(
    pitch: float, formants: tuple[float, float, float], semitones: float
) -> None:
    clip = vowel(pitch, formants)
    shifted = shift_pitch(clip, semitones, sample_rate_hz=RATE_HZ)
    assert pitch_hz(shifted[0]) == pytest.approx(pitch * 2.0 ** (semitones / 12.0), rel=0.01)
    # A quarter more of pitch moves harmonics by a quarter, and resonances are measured where
    # harmonics are.
    assert _formant_factor(clip[0], shifted[0], 1.0) == pytest.approx(1.0, abs=0.06)


@_VOICES
@pytest.mark.parametrize("length", [0.9, 1.1])
def test_formants_move_against_the_length_of_the_tract_and_pitch_stays(
    pitch: float, formants: tuple[float, float, float], length: float
) -> None:
    clip = vowel(pitch, formants)
    scaled = scale_vocal_tract(clip, length, sample_rate_hz=RATE_HZ)
    assert pitch_hz(scaled[0]) == pytest.approx(pitch, rel=0.005)
    assert _formant_factor(clip[0], scaled[0], 1.0 / length) == pytest.approx(
        1.0 / length, abs=0.04
    )


def test_playing_faster_moves_both_and_would_be_noticed() -> None:
    clip = vowel(150.0, (350.0, 1250.0, 2200.0))
    both = play_faster(clip, 2.0 ** (4.0 / 12.0))
    assert pitch_hz(both[0]) == pytest.approx(189.0, rel=0.01)
    assert _formant_factor(clip[0], both[0], 1.0) > 1.1


@pytest.mark.parametrize("semitones", [4.0, -4.0])
def test_a_hiss_stays_where_it_is_when_the_pitch_moves(semitones: float) -> None:
    # A fricative has no pitch. At 3.6 kHz it lies above all that is left of the band when
    # everything is shifted down.
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(size=8000))
    hiss = np.fft.irfft(spectrum * np.exp(-0.5 * ((np.arange(4001) - 3600.0) / 200.0) ** 2))[None]
    power = np.abs(np.fft.rfft(shift_pitch(hiss, semitones, sample_rate_hz=RATE_HZ)[0])) ** 2
    assert power[3200:].sum() > 0.9 * power.sum()


@pytest.mark.parametrize("semitones", [4.0, -4.0])
def test_pace_and_loudness_stay(semitones: float) -> None:
    clip = np.zeros((1, 8000))
    clip[:, 2000:6000] = vowel(150.0, (530.0, 1680.0, 2500.0))[:, 2000:6000]
    shifted = shift_pitch(clip, semitones, sample_rate_hz=RATE_HZ)
    assert speech_power(shifted) == pytest.approx(speech_power(clip))
    loudness = np.convolve(shifted[0] ** 2, np.ones(400) / 400, mode="same")
    sounding = np.flatnonzero(loudness > 0.2 * loudness.max())
    assert (sounding[0], sounding[-1]) == (
        pytest.approx(2000, abs=250),
        pytest.approx(6000, abs=250),
    )


def test_no_change_changes_nothing() -> None:
    clip = vowel(150.0, (530.0, 1680.0, 2500.0))
    assert np.allclose(scale_vocal_tract(clip, 1.0, sample_rate_hz=RATE_HZ), clip, atol=1e-9)


def test_a_clip_is_changed_alike_alone_and_among_many() -> None:
    clips = np.concatenate([vowel(100.0 + pitch, (530.0, 1680.0, 2500.0)) for pitch in range(66)])
    together = scale_vocal_tract(clips, 0.9, sample_rate_hz=RATE_HZ)[65]
    assert np.allclose(
        together, scale_vocal_tract(clips[65:], 0.9, sample_rate_hz=RATE_HZ)[0], atol=1e-9
    )
