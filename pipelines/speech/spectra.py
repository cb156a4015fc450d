"""Short-time spectra of decoded rows, for looking at them and for changing them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann

__all__ = ["SPEECH_RANGE_DB", "short_time_transform", "speech_power", "window_samples"]

SPEECH_RANGE_DB = 30.0
"""What lies this far below the loudest moment is not counted as speech."""


def short_time_transform(sample_rate_hz: int) -> ShortTimeFFT:
    """Hann windows of about 32 ms, four hops a window.

    Long enough for harmonics, short enough for stops.
    """
    length = window_samples(sample_rate_hz)
    return ShortTimeFFT(hann(length, sym=False), hop=length // 4, fs=sample_rate_hz)


def window_samples(sample_rate_hz: int) -> int:
    """The power of two that is nearest to 32 ms."""
    return int(2 ** round(float(np.log2(0.032 * sample_rate_hz))))


def speech_power(waveforms: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean square of the samples within 30 dB of the loudest 16 ms.

    (clips, samples) -> (clips, 1), above 0 even for silence.
    """
    block = 128
    num_blocks = waveforms.shape[1] // block
    energies = (
        (waveforms[:, : num_blocks * block].astype(np.float64) ** 2)
        .reshape(len(waveforms), num_blocks, block)
        .mean(axis=2)
    )
    spoken = energies >= energies.max(axis=1, keepdims=True) * 10.0 ** (-SPEECH_RANGE_DB / 10.0)
    return np.asarray(
        np.maximum(
            (energies * spoken).sum(axis=1, keepdims=True) / spoken.sum(axis=1, keepdims=True),
            1e-12,
        )
    )
