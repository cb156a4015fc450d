from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from data.formant_digits import CLIP_SECONDS, DIGITS, SAMPLE_RATE_HZ, FormantDigits
from data.formant_digits.phones import PHONES, WORDS
from data.formant_digits.synthesis import HOP_SAMPLES, Tracks, glottal_pulses, shape_sources
from data.formant_digits.utterances import draw_utterance
from data.formant_digits.voices import ACCENTS, draw_voices

_FREQUENCIES_HZ = np.linspace(50.0, 3950.0, 40)
_TIMES_SECONDS = np.linspace(0.01, 0.99, 50)


@pytest.fixture(scope="module")
def corpus() -> FormantDigits:
    return FormantDigits(120, group_bias=0.5, seed=3)


def test_the_same_seed_gives_the_same_samples(corpus: FormantDigits) -> None:
    again = FormantDigits(120, group_bias=0.5, seed=3)
    assert np.array_equal(corpus.waveforms(np.arange(4)), again.waveforms(np.arange(4)))


def test_another_seed_gives_other_samples(corpus: FormantDigits) -> None:
    other = FormantDigits(120, group_bias=0.5, seed=4)
    assert not np.array_equal(corpus.waveforms(np.arange(4)), other.waveforms(np.arange(4)))


def test_a_clip_does_not_depend_on_which_others_are_asked_for(corpus: FormantDigits) -> None:
    together = corpus.waveforms(np.array([5, 17, 2]))
    assert np.array_equal(together[1], corpus.waveforms(np.array([17]))[0])


def test_clips_are_one_second_of_16_bit_samples(corpus: FormantDigits) -> None:
    clips = corpus.waveforms(np.arange(20))
    assert clips.dtype == np.int16
    assert clips.shape == (20, int(CLIP_SECONDS * SAMPLE_RATE_HZ))
    assert (np.abs(clips.astype(int)) >= 32767).mean() < 1e-3, "hardly any sample may overload"


def test_every_word_is_said_by_every_speaker_with_ten_clips() -> None:
    corpus = FormantDigits(60, group_bias=0.0, seed=0)
    assert corpus.num_speakers == 6
    for speaker in np.unique(corpus.speakers):
        assert sorted(corpus.labels[corpus.speakers == speaker].tolist()) == list(
            range(len(DIGITS))
        )


def test_ids_are_unique_and_begin_with_the_word(corpus: FormantDigits) -> None:
    assert len(np.unique(corpus.ids)) == 120
    assert all(
        name.startswith(DIGITS[label] + "_")
        for name, label in zip(corpus.ids, corpus.labels, strict=True)
    )


def test_groups_are_those_of_the_speaker(corpus: FormantDigits) -> None:
    for attribute in ("accent", "pitch band (synthetic)"):
        assert corpus.groups[attribute].groupby(corpus.speakers).nunique().max() == 1


def test_the_checksum_names_every_argument(corpus: FormantDigits) -> None:
    others = [FormantDigits(121, 0.5, 3), FormantDigits(120, 0.4, 3), FormantDigits(120, 0.5, 4)]
    assert len({corpus.checksum, *(other.checksum for other in others)}) == 4


def test_pulses_have_the_pitch_asked_for() -> None:
    pulses = glottal_pulses(np.full((1, 8000), 125.0), 8000)
    spectrum = np.abs(np.fft.rfft(pulses[0]))
    assert np.argmax(spectrum[50:180]) + 50 == 125  # 1 s: a bin is a hertz
    assert np.mean(pulses**2) == pytest.approx(1.0, rel=0.1)


def test_noise_through_a_resonance_peaks_at_the_formant() -> None:
    tracks = _steady(first_hz=700.0, frames=125)
    pulses = np.random.default_rng(0).normal(size=(1, 8000))
    shaped = shape_sources(pulses, np.zeros((1, 8000)), tracks, 8000)
    power = np.abs(np.fft.rfft(shaped[0])) ** 2
    smooth = np.convolve(power, np.ones(101) / 101.0, mode="same")
    assert abs(int(np.argmax(smooth)) - 700) < 60


def test_silent_tracks_give_silence() -> None:
    tracks = _steady(first_hz=700.0, frames=125, voicing=0.0)
    assert np.abs(shape_sources(np.ones((1, 8000)), np.ones((1, 8000)), tracks, 8000)).max() == 0.0


@pytest.mark.parametrize("word", DIGITS)
def test_words_are_made_of_known_phones(word: str) -> None:
    assert set(WORDS[word]) <= set(PHONES)


def test_no_two_words_sound_the_same() -> None:
    assert len(set(WORDS.values())) == len(WORDS)


def test_ground_truth_lies_within_the_time_of_the_word() -> None:
    corpus = FormantDigits(60, group_bias=0.0, seed=0)
    utterance = corpus._utterance(3)
    mask = corpus.ground_truth(3, frequencies_hz=_FREQUENCIES_HZ, times_seconds=_TIMES_SECONDS)
    assert mask.shape == (40, 50)
    assert set(np.unique(mask)) == {0.0, 1.0}
    starts = np.concatenate([[0], utterance.stops[:-1]])[utterance.in_word]
    stops = utterance.stops[utterance.in_word]
    frame_seconds = HOP_SAMPLES / SAMPLE_RATE_HZ
    marked = _TIMES_SECONDS[mask.any(axis=0)]
    assert marked.min() >= (starts[0] - 1) * frame_seconds, (
        "gliding reaches one frame beyond at most"
    )
    assert marked.max() <= (stops[-1] + 1) * frame_seconds


def test_ground_truth_lies_where_the_clip_is_loud() -> None:
    corpus = FormantDigits(60, group_bias=0.0, seed=0)
    clear = int(np.argmax([corpus.snr_db(clip) for clip in range(60)]))
    frames = corpus.waveforms(np.array([clear]))[0].astype(float).reshape(50, 160)
    power = (
        np.abs(np.fft.rfft(frames * np.hanning(160), axis=1)).T ** 2
    )  # (81 bins of 50 Hz, 50 columns)
    mask = corpus.ground_truth(
        clear, frequencies_hz=np.linspace(0.0, 4000.0, 81), times_seconds=_TIMES_SECONDS
    ).astype(bool)
    assert np.median(power[mask]) > 10.0 * np.median(power[~mask])


def test_there_is_no_ground_truth_outside_of_the_clip(corpus: FormantDigits) -> None:
    outside = np.array([-0.5, 1.5])
    assert (
        corpus.ground_truth(0, frequencies_hz=_FREQUENCIES_HZ, times_seconds=outside).max() == 0.0
    )


def test_without_bias_no_accent_is_at_a_disadvantage() -> None:
    for voice in draw_voices(60, group_bias=0.0, seed=0):
        assert voice.snr_penalty_db == 0.0
        assert voice.centralised == 0.0


def test_accents_differ_from_their_mean_in_equal_measure_without_bias() -> None:
    shifts = {
        voice.accent: np.log(voice.vowel_shift) for voice in draw_voices(60, group_bias=0.0, seed=0)
    }
    assert np.abs(sum(shifts.values())).max() < 1e-12
    lengths = [float(np.linalg.norm(shifts[accent])) for accent in ACCENTS]
    assert max(lengths) < 1.1 * min(lengths)


def test_the_planted_bias_makes_accent_c_rarer_and_noisier() -> None:
    fair, biased = (draw_voices(400, group_bias=bias, seed=0) for bias in (0.0, 1.0))
    shares = [np.mean([voice.accent == "C" for voice in voices]) for voices in (fair, biased)]
    assert shares[0] == pytest.approx(1 / 3, abs=0.06)
    assert shares[1] == pytest.approx(0.2, abs=0.06)
    penalties = {voice.accent: voice.snr_penalty_db for voice in biased}
    assert penalties["C"] > 5.0
    assert penalties["A"] == penalties["B"] == 0.0


def test_a_slow_speaker_still_fits_into_the_clip() -> None:
    (voice,) = draw_voices(1, group_bias=0.0, seed=0)
    slow = type(voice)(**{**vars(voice), "pace": 5.0})
    for draw in range(20):
        utterance = draw_utterance("seven", slow, 125, 0.008, np.random.default_rng(draw))
        assert (np.diff(utterance.stops) > 0).all()
        assert utterance.stops[-1] == 125


def _steady(*, first_hz: float, frames: int, voicing: float = 1.0) -> Tracks:
    def steady(value: float) -> NDArray[np.float64]:
        return np.full((1, frames), value)

    formants_hz = np.broadcast_to([first_hz, 2800.0, 3300.0, 3700.0], (1, frames, 4)).astype(
        np.float64
    )
    return Tracks(
        formants_hz, steady(voicing), np.zeros(1), steady(0.0), steady(2000.0), steady(500.0)
    )


def test_groups_are_the_bands_of_what_is_known(corpus: FormantDigits) -> None:
    ratios = [
        corpus.groups["signal-to-noise ratio"][clip]
        for clip in range(120)
        if corpus.snr_db(clip) < 4.0
    ]
    lengths = [
        corpus.groups["speech duration"][clip]
        for clip in range(120)
        if 0.45 <= corpus.speech_seconds(clip) < 0.6
    ]
    assert set(ratios) == {"noisy (below 4 dB)"}
    assert set(lengths) == {"middle (0.45 to 0.6 s)"}
