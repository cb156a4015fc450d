"""Rooms: what a clip sounds like between walls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from pipelines.speech.spectra import speech_power

__all__ = ["REVERBERATION_SECONDS", "draw_room_responses", "reverberate"]

REVERBERATION_SECONDS = (0.2, 0.4, 0.7, 1.2, 2.0)
"""Time in which sound falls by 60 dB: a treated studio, a living room, the largest room of the
REVERB challenge (0.7 s: Kinoshita et al. 2013), a bare hall, a tiled stairwell."""

_VOLUME_CUBIC_METRES = 60.0
_DISTANCE_METRES = 0.5
# metres, for 1 m³ and 1 s: where direct and reverberant sound are equally loud (Kuttruff, Room
# Acoustics)
_CRITICAL_DISTANCE = 0.057


def reverberate(
    waveforms: NDArray[np.float64],
    reverberation_seconds: float,
    generator: np.random.Generator,
    *,
    sample_rate_hz: int,
) -> NDArray[np.float64]:
    """Play each clip in a room of its own, half a metre from the microphone.

    As loud as before, cut at the old end.

    Args:
        waveforms: (clips, samples).
        reverberation_seconds: RT60 of the room.
        generator: Draws the rooms.
        sample_rate_hz: Of the clips.
    """
    responses = draw_room_responses(
        len(waveforms), reverberation_seconds, generator, sample_rate_hz=sample_rate_hz
    )
    heard = np.asarray(fftconvolve(waveforms, responses, axes=1))[:, : waveforms.shape[1]]
    return np.asarray(heard * np.sqrt(speech_power(waveforms) / speech_power(heard)))


def draw_room_responses(
    num_rooms: int,
    reverberation_seconds: float,
    generator: np.random.Generator,
    *,
    sample_rate_hz: int,
) -> NDArray[np.float64]:
    """Impulse responses (rooms, samples).

    The direct sound, then Gaussian noise that decays exponentially (Polack 1988).

    How loud the tail is follows from the distance to the speaker over the room's critical distance,
    for a room of 60 m³.
    """
    times_seconds = np.arange(1, round(reverberation_seconds * sample_rate_hz)) / sample_rate_hz
    decay = 10.0 ** (
        -3.0 * times_seconds / reverberation_seconds
    )  # 60 dB in amplitude are a factor of 1,000
    tails = generator.normal(size=(num_rooms, len(times_seconds))) * decay
    critical_metres = _CRITICAL_DISTANCE * np.sqrt(_VOLUME_CUBIC_METRES / reverberation_seconds)
    tails *= (_DISTANCE_METRES / critical_metres) / np.sqrt((tails**2).sum(axis=1, keepdims=True))
    return np.concatenate([np.ones((num_rooms, 1)), tails], axis=1)
