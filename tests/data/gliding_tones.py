"""Recordings that are plainly nobody's, and plainly different from each other.

Tones that glide from one pitch to another.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

__all__ = ["write_glide"]

_SECONDS = 0.25
_AMPLITUDE = 8000.0


def write_glide(path: Path, generator: np.random.Generator, sample_rate_hz: int) -> None:
    """A WAV file (mono, 16 bits) of three tones one after the other, each gliding between two random pitches."""
    num_samples = round(_SECONDS / 3.0 * sample_rate_hz)
    pitches_hz = generator.uniform(200.0, 3600.0, (3, 2))
    frequencies_hz = np.concatenate(
        [np.linspace(first, last, num_samples) for first, last in pitches_hz]
    )
    phase = 2.0 * np.pi * np.cumsum(frequencies_hz) / sample_rate_hz
    samples = np.round(_AMPLITUDE * np.sin(phase)).astype("<i2")
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate_hz)
        writer.writeframes(samples.tobytes())
