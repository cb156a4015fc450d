"""Clips with the noise and the rooms of the robustness checks, for a network to learn from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.speech.perturbations.noises import add_babble, add_pink_noise, add_white_noise
from pipelines.speech.perturbations.rooms import reverberate

__all__ = ["add_noise_and_rooms"]

_NOISES = (add_white_noise, add_pink_noise, add_babble)
# From noise that is louder than speech to noise that nobody hears, so that good clips stay as they
# are.
_LOWEST_SNR_DB = -5.0
_HIGHEST_SNR_DB = 35.0
_LONGEST_ROOM_SECONDS = 0.7
_SHORTEST_ROOM_SECONDS = 0.1


def add_noise_and_rooms(
    waveforms: NDArray[np.float64], generator: np.random.Generator, *, sample_rate_hz: int
) -> NDArray[np.float64]:
    """Half of the clips in a room, all of them with white noise, pink noise or babble.

    Args:
        waveforms: (clips, samples); babble is made of the same clips.
        generator: Draws who gets what.
        sample_rate_hz: Of the clips.
    """
    heard = waveforms.copy()
    in_room = generator.random(len(waveforms)) < 0.5
    if in_room.any():
        seconds = generator.uniform(_SHORTEST_ROOM_SECONDS, _LONGEST_ROOM_SECONDS)
        heard[in_room] = reverberate(
            waveforms[in_room], seconds, generator, sample_rate_hz=sample_rate_hz
        )
    snr_db = generator.uniform(_LOWEST_SNR_DB, _HIGHEST_SNR_DB, (len(waveforms), 1))
    with_each = [add(heard, snr_db, generator) for add in _NOISES]
    chosen = generator.integers(0, len(_NOISES), len(waveforms))
    return np.stack(with_each)[chosen, np.arange(len(waveforms))]
