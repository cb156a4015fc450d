"""What recorders do to clips: overload, run too fast, record too quietly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ATTENUATIONS_DB",
    "DISTORTION_RATIOS_DB",
    "PACES",
    "clip_peaks",
    "play_faster",
    "read_at_pace",
    "turn_down",
]

DISTORTION_RATIOS_DB = (20.0, 15.0, 10.0, 7.0, 3.0)
"""Signal against what clipping took from it, in dB: levels of the survey of declipping by Záviška
et al. (2021)."""

PACES = (1.05, 1.1, 1.2, 1.35, 1.5)
"""1.1 is what recognisers are commonly trained to ignore (Ko et al. 2015); 1.5 is a playback at one
and a half speed."""

ATTENUATIONS_DB = (6.0, 12.0, 20.0, 30.0, 40.0)
"""6 dB are twice the distance to the microphone, 40 dB a hundred times or a gain that is set
wrongly."""

_HALVINGS = 30
_FULL_SCALE = 32768.0


def clip_peaks(waveforms: NDArray[np.float64], distortion_ratio_db: float) -> NDArray[np.float64]:
    """Cut the peaks of (clips, samples) at a level of each clip's own.

    It leaves the stated signal-to-distortion ratio.
    """
    energy = (waveforms**2).sum(axis=1, keepdims=True)
    permitted = energy * 10.0 ** (-distortion_ratio_db / 10.0)
    low = np.zeros_like(energy)
    high = np.abs(waveforms).max(axis=1, keepdims=True)
    for _ in range(_HALVINGS):
        level = (low + high) / 2.0
        is_too_low = ((waveforms - np.clip(waveforms, -level, level)) ** 2).sum(
            axis=1, keepdims=True
        ) > permitted
        low = np.where(is_too_low, level, low)
        high = np.where(is_too_low, high, level)
    return np.clip(waveforms, -high, high)


def turn_down(waveforms: NDArray[np.float64], attenuation_db: float) -> NDArray[np.float64]:
    """Record (clips, samples) that much quieter, in 16 bits as devices do.

    What falls below a step is lost.
    """
    return np.asarray(
        np.round(waveforms * 10.0 ** (-attenuation_db / 20.0) * _FULL_SCALE) / _FULL_SCALE
    )


def play_faster(waveforms: NDArray[np.float64], pace: float) -> NDArray[np.float64]:
    """Play (clips, samples) `pace` times as fast, as a tape is.

    Shorter and higher, silence around.
    """
    return read_at_pace(waveforms, pace, waveforms.shape[1])


def read_at_pace(
    waveforms: NDArray[np.float64], pace: float, num_samples: int
) -> NDArray[np.float64]:
    """Read samples `pace` apart around the middle: (clips, n) -> (clips, num_samples).

    Outside is silence.

    Reading faster folds what lies above the new band back into it, so the spectrum is cut there
    first.
    """
    spectra = np.fft.rfft(waveforms, axis=1)
    spectra[:, int(spectra.shape[1] / max(pace, 1.0)) :] = 0.0
    smooth = np.fft.irfft(spectra, n=waveforms.shape[1], axis=1)
    positions = (np.arange(num_samples) - (num_samples - 1) / 2.0) * pace + (
        waveforms.shape[1] - 1
    ) / 2.0
    sources = np.arange(waveforms.shape[1])
    return np.stack([np.interp(positions, sources, row, left=0.0, right=0.0) for row in smooth])
