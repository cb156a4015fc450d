from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.speech.perturbations.telephony import (
    TELEPHONES,
    Telephone,
    call,
    limit_band,
    lose_packets,
)
from tests.pipelines.speech.sounds import tone
from tests.pipelines.speech.vowels import vowel

_CLIPS = np.concatenate(
    [vowel(130.0, (530.0, 1680.0, 2500.0)), vowel(200.0, (350.0, 1250.0, 2200.0))]
)
_LINE = Telephone("no codec", "WAV", "PCM_16")


def _distortion_ratio_db(clips: NDArray[np.float64]) -> float:
    inside = slice(1000, 7000)
    sent = call(_CLIPS, _LINE, sample_rate_hz=8000)[:, inside]
    return float(10.0 * np.log10((sent**2).sum() / ((clips[:, inside] - sent) ** 2).sum()))


def test_each_telephone_is_worse_than_the_one_before_and_keeps_the_time() -> None:
    ratios_db = [
        _distortion_ratio_db(call(_CLIPS, telephone, sample_rate_hz=8000))
        for telephone in TELEPHONES
    ]
    assert ratios_db == sorted(ratios_db, reverse=True)
    assert ratios_db[0] > 20.0  # a codec that answers some samples late would leave nothing of this


@pytest.mark.parametrize("telephone", TELEPHONES, ids=lambda telephone: telephone.name)
def test_the_same_clip_always_sounds_the_same_whatever_its_neighbours(telephone: Telephone) -> None:
    together, alone = (
        call(clips, telephone, sample_rate_hz=8000) for clips in (_CLIPS, _CLIPS[1:])
    )
    assert np.array_equal(together[1], alone[0])


def test_a_line_carries_300_to_3400_hertz_of_a_recording_at_16_kilohertz() -> None:
    wide = np.tile(tone([100.0, 1000.0, 6000.0], 1.0, rate_hz=16_000), (1, 1)).astype(np.float64)
    spectrum = np.abs(
        np.fft.rfft(call(wide, TELEPHONES[0], sample_rate_hz=16_000)[0])
    )  # a bin is a hertz
    assert spectrum[1000] > 0.9 * np.abs(np.fft.rfft(wide[0]))[1000]
    assert spectrum[[100, 6000]].max() < 0.05 * spectrum[1000]


def test_a_limited_band_loses_what_is_above() -> None:
    spectra = np.abs(np.fft.rfft(limit_band(_CLIPS, 1200.0, sample_rate_hz=8000)))
    assert spectra[0, 1600:].max() < 0.05 * spectra[0, :1200].max()


def test_a_band_limit_above_what_the_rate_holds_changes_nothing_to_speak_of() -> None:
    assert (
        np.abs(limit_band(_CLIPS, 30_000.0, sample_rate_hz=8000) - _CLIPS).max()
        < 0.01 * np.abs(_CLIPS).max()
    )


@pytest.mark.parametrize("lost_share", [0.02, 0.3])
def test_packets_are_lost_at_the_stated_rate_in_bursts_of_two(lost_share: float) -> None:
    clips = np.ones((400, 8000))
    lost = (
        lose_packets(clips, lost_share, np.random.default_rng(0), sample_rate_hz=8000)[:, ::160]
        == 0.0
    )  # (clips, 50 packets)
    begins = lost[:, 1:] & ~lost[:, :-1]
    assert lost.mean() == pytest.approx(lost_share, rel=0.15)
    assert lost[:, 1:].sum() / begins.sum() == pytest.approx(2.0, rel=0.15)


def test_a_packet_lasts_20_milliseconds() -> None:
    lost = (
        lose_packets(np.ones((50, 8000)), 0.1, np.random.default_rng(0), sample_rate_hz=8000) == 0.0
    )
    assert (lost.reshape(50, 50, 160).all(axis=2) | ~lost.reshape(50, 50, 160).any(axis=2)).all()
