"""One second of sound, in any format that libsndfile writes, and what each file is read as."""

from __future__ import annotations

import io

import numpy as np
import soundfile
from numpy.typing import NDArray

from pipelines.speech.reading.recordings import decode_recording

__all__ = ["RATE_HZ", "encoded", "seconds_of", "sweep"]

RATE_HZ = 16_000


def sweep(seconds: float = 1.0) -> NDArray[np.float32]:
    """A tone whose pitch wanders, with some noise, (samples,) float32."""
    generator = np.random.default_rng(0)
    times = np.arange(round(seconds * RATE_HZ))
    phase = 2.0 * np.pi * np.cumsum(300.0 + 200.0 * np.sin(times / 900.0)) / RATE_HZ
    return (0.2 * np.sin(phase) + 0.02 * generator.normal(size=len(times))).astype(np.float32)


def encoded(form: str, subtype: str | None = None, *, seconds: float = 1.0) -> bytes:
    """A whole file of this format."""
    stream = io.BytesIO()
    soundfile.write(stream, sweep(seconds), RATE_HZ, format=form, subtype=subtype)
    return stream.getvalue()


def seconds_of(content: bytes) -> float:
    """The length of what is read; raises DataError where it is refused."""
    return decode_recording(content, sample_rate_hz=RATE_HZ, max_seconds=60.0).seconds
