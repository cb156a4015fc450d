"""Sounds from outside the domain, on which a model should not be sure.

Music, machines, silence, and speech that says nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.speech.spectra import speech_power

__all__ = ["chords", "reversed_speech", "silence", "tones", "white_noise"]

_LOWEST_MIDI_NOTE, _HIGHEST_MIDI_NOTE = 48, 72  # C3 to C5, where melodies lie
_TRIADS = np.array([[0, 4, 7], [0, 3, 7]])  # major and minor, in semitones above the root
_NUM_PARTIALS = 4
_CHORD_SECONDS = 0.5
_DITHER = 1.0 / 32768.0  # one step of 16 bits: what an open microphone line gives


def chords(
    waveforms: NDArray[np.float64], generator: np.random.Generator, *, sample_rate_hz: int
) -> NDArray[np.float64]:
    """Triads that are struck every half second and die away, as loud as the speech was.

    (clips, samples).
    """
    times_seconds = np.arange(waveforms.shape[1]) / sample_rate_hz
    strokes = (times_seconds // _CHORD_SECONDS).astype(np.int64)  # (samples,) which chord sounds
    shape = (len(waveforms), int(strokes[-1]) + 1)
    roots = generator.integers(_LOWEST_MIDI_NOTE, _HIGHEST_MIDI_NOTE, shape)
    notes = (
        roots[:, :, None] + _TRIADS[generator.integers(len(_TRIADS), size=shape)]
    )  # (clips, chords, 3)
    sound = np.zeros_like(waveforms)
    for partial in range(1, _NUM_PARTIALS + 1):
        hertz = partial * 440.0 * 2.0 ** ((notes - 69) / 12.0)
        # What lies above half the sample rate would fold back.
        loudness = np.where(hertz < sample_rate_hz / 2.0, 1.0 / partial, 0.0)[
            :, strokes
        ]  # (clips, samples, 3)
        sound += (
            loudness * np.sin(2.0 * np.pi * hertz[:, strokes] * times_seconds[None, :, None])
        ).sum(axis=2)
    return _as_loud(sound * np.exp(-4.0 * (times_seconds % _CHORD_SECONDS)), waveforms)


def tones(
    waveforms: NDArray[np.float64], generator: np.random.Generator, *, sample_rate_hz: int
) -> NDArray[np.float64]:
    """One steady beep each, between 200 Hz and four fifths of the band: (clips, samples)."""
    hertz = np.exp(
        generator.uniform(np.log(200.0), np.log(0.4 * sample_rate_hz), (len(waveforms), 1))
    )
    return _as_loud(
        np.sin(2.0 * np.pi * hertz * np.arange(waveforms.shape[1]) / sample_rate_hz), waveforms
    )


def white_noise(
    waveforms: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Noise without any speech, as loud as the speech was: (clips, samples)."""
    return _as_loud(generator.normal(size=waveforms.shape), waveforms)


def silence(waveforms: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """An open line: the last of 16 bits at random, (clips, samples)."""
    return np.asarray(_DITHER * generator.integers(-1, 2, waveforms.shape), dtype=np.float64)


def reversed_speech(
    waveforms: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """The clips played backwards: a voice in its room, and no word: (clips, samples)."""
    return waveforms[:, ::-1]


def _as_loud(sound: NDArray[np.float64], waveforms: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(sound * np.sqrt(speech_power(waveforms) / speech_power(sound)))
