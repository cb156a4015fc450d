"""Steady synthetic vowels with known pitch and formants, and how both are measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_toeplitz

from data.formant_digits.synthesis import HOP_SAMPLES, Tracks, glottal_pulses, shape_sources

__all__ = ["RATE_HZ", "formants_hz", "pitch_hz", "vowel"]

RATE_HZ = 8000
_MIDDLE = slice(2000, 6000)
_POLES = 10


def vowel(pitch: float, formants: tuple[float, float, float]) -> NDArray[np.float64]:
    """One second of a vowel, (1, 8000)."""
    frames = RATE_HZ // HOP_SAMPLES
    tracks = Tracks(
        formants_hz=np.tile([*formants, 3500.0], (1, frames, 1)),
        voicing=np.ones((1, frames)),
        tilt_db=np.zeros(1),
        noise=np.zeros((1, frames)),
        noise_hz=np.full((1, frames), 2000.0),
        noise_width_hz=np.full((1, frames), 600.0),
    )
    return 0.05 * shape_sources(
        glottal_pulses(np.full((1, RATE_HZ), pitch), RATE_HZ),
        np.zeros((1, RATE_HZ)),
        tracks,
        RATE_HZ,
    )


def pitch_hz(clip: NDArray[np.float64]) -> float:
    """The shortest period after which the clip's middle nearly repeats itself, as a frequency between 70 and 400 Hz."""
    windowed = clip[_MIDDLE] * np.hanning(4000)
    likeness = np.fft.irfft(np.abs(np.fft.rfft(windowed, 16_384)) ** 2)[: RATE_HZ // 70]
    likeness[: RATE_HZ // 400] = 0.0
    place = (
        int(
            np.flatnonzero(
                (likeness[1:-1] > 0.9 * likeness.max())
                & (likeness[1:-1] >= np.maximum(likeness[:-2], likeness[2:]))
            )[0]
        )
        + 1
    )
    before, here, after = likeness[place - 1 : place + 2]
    return float(RATE_HZ / (place + 0.5 * (before - after) / (before - 2.0 * here + after)))


def formants_hz(clip: NDArray[np.float64]) -> NDArray[np.float64]:
    """Narrow resonances of the clip's middle, from the roots of its linear predictor, in rising order."""
    middle = np.diff(clip[_MIDDLE]) * np.hamming(3999)
    likeness = np.correlate(middle, middle, "full")[len(middle) - 1 : len(middle) + _POLES]
    roots = np.roots(np.concatenate([[1.0], -solve_toeplitz(likeness[:_POLES], likeness[1:])]))
    roots = roots[(roots.imag > 0.0) & (-np.log(np.abs(roots)) * RATE_HZ / np.pi < 500.0)]
    return np.sort(np.angle(roots) * RATE_HZ / (2.0 * np.pi))
