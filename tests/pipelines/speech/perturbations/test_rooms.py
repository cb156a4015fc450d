from __future__ import annotations

import numpy as np
import pytest

from pipelines.speech.perturbations.rooms import (
    REVERBERATION_SECONDS,
    draw_room_responses,
    reverberate,
)
from pipelines.speech.spectra import speech_power
from tests.pipelines.speech.sounds import tone


@pytest.mark.parametrize("seconds", REVERBERATION_SECONDS)
def test_the_energy_that_is_still_to_come_falls_by_60_decibels_in_the_stated_time(
    seconds: float,
) -> None:
    # Schroeder's backward integration, read from -5 to -25 dB of the tail and extended threefold
    # (ISO 3382-2, T20).
    tails = draw_room_responses(20, seconds, np.random.default_rng(0), sample_rate_hz=8000)[:, 1:]
    remaining_db = 10.0 * np.log10((np.cumsum((tails**2)[:, ::-1], axis=1)[:, ::-1]).mean(axis=0))
    remaining_db -= remaining_db[0]
    start, stop = (int(np.argmax(remaining_db <= level_db)) for level_db in (-5.0, -25.0))
    assert 3.0 * (stop - start) / 8000 == pytest.approx(seconds, rel=0.1)


def test_walls_are_louder_the_longer_they_ring() -> None:
    shares = [
        float(
            (
                draw_room_responses(1, seconds, np.random.default_rng(0), sample_rate_hz=8000)[
                    0, 1:
                ]
                ** 2
            ).sum()
        )
        for seconds in REVERBERATION_SECONDS
    ]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(
        0.256, abs=0.001
    )  # (0.5 m / (0.057 m · √(60 / 0.2)))²: 5.9 dB below the direct sound


def test_a_clip_in_a_room_is_as_loud_as_before_and_rings_after_its_end() -> None:
    clips = np.zeros((2, 8000))
    clips[:, 1000:3000] = tone([500.0], 0.25)
    heard = reverberate(clips, 0.7, np.random.default_rng(0), sample_rate_hz=8000)
    assert speech_power(heard) == pytest.approx(speech_power(clips))
    assert np.allclose(heard[:, :1000], 0.0, atol=1e-9)
    assert (np.abs(heard[:, 3100:4000]).max(axis=1) > 0.01).all()


def test_each_clip_has_a_room_of_its_own() -> None:
    first, second = draw_room_responses(2, 0.4, np.random.default_rng(0), sample_rate_hz=8000)
    assert not np.allclose(first, second)
