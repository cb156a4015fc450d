from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from data.formant_digits import SAMPLE_RATE_HZ, FormantDigits
from pipelines.speech.reading.measurements import measure
from tests.pipelines.speech.sounds import tone
from tests.pipelines.speech.vowels import RATE_HZ, vowel

_NUM_CLIPS = 300


@cache
def _known() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of generated clips: what is true, and what is measured.

    (clips, 3) each: dB, seconds, median Hz.
    """
    corpus = FormantDigits(_NUM_CLIPS, 0.5, 0)
    clips = corpus.waveforms(np.arange(_NUM_CLIPS)) / 32768.0
    true = [
        (corpus.snr_db(clip), corpus.speech_seconds(clip), np.median(corpus.pitch_hz(clip)))
        for clip in range(_NUM_CLIPS)
    ]
    measured = [measure(clip, SAMPLE_RATE_HZ) for clip in clips]
    return np.array(true), np.array(
        [(item.snr_db, item.speech_seconds, item.pitch_hz) for item in measured]
    )


def _errors(column: int, *, above_db: float, below_db: float) -> NDArray[np.float64]:
    true, measured = _known()
    chosen = (true[:, 0] >= above_db) & (true[:, 0] < below_db)
    return np.asarray((measured - true)[chosen, column])


def test_the_noise_ratio_of_known_mixtures_is_off_by_what_the_report_says() -> None:
    errors_db = np.abs(_errors(0, above_db=0.0, below_db=25.0))
    assert np.median(errors_db) < 1.1
    assert np.quantile(errors_db, 0.9) < 3.0


def test_what_is_drowned_in_noise_reads_too_high_as_the_report_says() -> None:
    assert 3.0 < np.median(_errors(0, above_db=-6.0, below_db=0.0)) < 5.5


def test_nearly_all_clips_are_put_into_the_band_of_their_true_ratio_or_the_one_beside_it() -> None:
    true, measured = (np.digitize(values[:, 0], (10.0, 20.0, 30.0)) for values in _known())
    assert (true == measured).mean() > 0.85
    assert (np.abs(true - measured) <= 1).mean() > 0.99


def test_the_length_of_speech_above_5_decibels_is_off_by_what_the_report_says() -> None:
    assert np.nanmedian(np.abs(_errors(1, above_db=5.0, below_db=25.0))) < 0.03


def test_the_pitch_of_what_is_not_drowned_is_within_a_fifth_and_never_an_octave_off() -> None:
    true, measured = _known()
    heard = true[:, 0] > 0.0
    assert (np.abs(measured[heard, 2] / true[heard, 2] - 1.0) < 0.2).mean() > 0.99
    assert np.median(measured[heard, 2] / true[heard, 2]) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize(
    "pitch", [90.0, 150.0, 213.3]
)  # at 8 kHz twice the last period is whole samples, and fits better
def test_the_pitch_of_a_steady_vowel_is_its_own_at_any_sample_rate(pitch: float) -> None:
    clip = vowel(pitch, (530.0, 1680.0, 2500.0))[0]
    assert measure(clip, RATE_HZ).pitch_hz == pytest.approx(pitch, rel=0.03)
    assert measure(np.repeat(clip, 2), 2 * RATE_HZ).pitch_hz == pytest.approx(pitch, rel=0.03)


def test_a_word_without_pauses_is_not_taken_for_noise() -> None:
    steady = np.concatenate([tone([300.0, 900.0], 0.15), tone([500.0, 2000.0], 0.15)])
    quiet = 0.001 * np.random.default_rng(0).normal(size=len(steady))
    fade = np.minimum(1.0, np.minimum(np.arange(2400), np.arange(2400)[::-1]) / 200.0)
    assert measure(steady * fade + quiet, 8000).snr_db > 15.0


def test_silence_that_was_cut_in_is_no_noise_floor() -> None:
    true, _ = _known()
    place = int(np.argmax((true[:, 0] > 5.0) & (true[:, 0] < 10.0)))
    clip = FormantDigits(_NUM_CLIPS, 0.5, 0).waveforms(np.array([place]))[0] / 32768.0
    padded = np.concatenate([np.zeros(8000), clip, np.zeros(8000)])
    assert measure(padded, 8000).snr_db == pytest.approx(measure(clip, 8000).snr_db, abs=2.0)


@pytest.mark.parametrize("clip", [np.zeros(8000), np.zeros(10), np.full(100, 0.1)])
def test_what_has_no_speech_has_no_pitch_and_no_length(clip: NDArray[np.float64]) -> None:
    found = measure(clip, 8000)
    assert np.isnan(found.pitch_hz)
    assert np.isnan(found.speech_seconds)


def test_noise_alone_has_no_pitch_and_a_low_ratio() -> None:
    found = measure(0.1 * np.random.default_rng(0).normal(size=8000), 8000)
    assert np.isnan(found.pitch_hz)
    assert found.snr_db < 0.0
