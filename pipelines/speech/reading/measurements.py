"""What a recording's sound tells about it: how noisy it is, how long somebody speaks, and how high.

Estimates, all of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.speech.spectra import SPEECH_RANGE_DB

__all__ = ["Measurements", "measure"]

_FRAME_SECONDS = 0.032
_HOP_SECONDS = 0.008
_FLOOR_QUANTILE = 0.1
_HEARD, _SURE = (
    1.5,
    3.0,
)  # times the noise: what counts for the level of speech, and what for where it begins and ends
_LOWEST_SNR_DB = -20.0
_HIGHEST_SNR_DB = 60.0
_PITCH_FRAME_SECONDS = 0.040
_PITCH_HOP_SECONDS = 0.010
_LOWEST_PITCH_HZ = 70.0
_HIGHEST_PITCH_HZ = 400.0
_PITCH_RANGE_DB = 20.0  # pitch is asked of the vowels, which are the loudest
_VOICED = 0.5
_NEARLY_BEST = 0.9


@dataclass(frozen=True)
class Measurements:
    """Estimates from one recording.

    Attributes:
        snr_db: Level of the speech against the noise, in [-20, 60]; NaN for digital silence.
        speech_seconds: From the first to the last sound that stands out of the noise; NaN if none
            does.
        pitch_hz: Median fundamental frequency of the voiced frames, in [70, 400]; NaN if there are
            none.
    """

    snr_db: float
    speech_seconds: float
    pitch_hz: float


def measure(samples: NDArray[np.floating], sample_rate_hz: int) -> Measurements:
    """Measure one recording, (n,) in [-1, 1]."""
    snr_db, speech_seconds = _speech_and_noise(samples.astype(np.float64), sample_rate_hz)
    return Measurements(
        snr_db, speech_seconds, _median_pitch_hz(samples.astype(np.float64), sample_rate_hz)
    )


def _speech_and_noise(samples: NDArray[np.float64], sample_rate_hz: int) -> tuple[float, float]:
    """Signal-to-noise ratio in dB and length of the speech in seconds.

    The noise's spectrum is what each frequency falls to in its quietest tenth of the time, as in
    minimum statistics (Martin 2001): between words all do, and within a word each does at another
    moment. The power of noise in one cell is exponentially distributed, so that this quantile is
    −ln(1 − 0.1) of its mean. In a word that is cut out without pauses, steady sounds would pass for
    noise, which can't be louder than the quietest moments are.
    """
    length = round(_FRAME_SECONDS * sample_rate_hz)
    frames = _frames(samples, length, round(_HOP_SECONDS * sample_rate_hz)) * np.hanning(length)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2  # (frames, bins)
    energy = power.sum(axis=1)
    sounding = energy > 0.0  # digital silence is no noise floor: it was cut in later
    if not sounding.any():
        return math.nan, math.nan
    cells = float(np.quantile(power[sounding], _FLOOR_QUANTILE, axis=0).sum()) / -math.log1p(
        -_FLOOR_QUANTILE
    )
    noise = min(cells, float(np.quantile(energy[sounding], _FLOOR_QUANTILE)))
    loud_enough = energy >= energy.max() * 10.0 ** (-SPEECH_RANGE_DB / 10.0)
    heard, sure = (
        np.flatnonzero(loud_enough & (energy > times * noise)) for times in (_HEARD, _SURE)
    )
    level = float(energy[heard].mean()) if len(heard) else float(energy.max())
    snr_db = 10.0 * math.log10(max((level - noise) / max(noise, 1e-12 * level), 1e-12))
    # A frame stands out when about half of it is speech, so that what lies between the middles of
    # the outermost is spoken.
    speech_seconds = float(sure[-1] - sure[0] + 1) * _HOP_SECONDS if len(sure) else math.nan
    return min(max(snr_db, _LOWEST_SNR_DB), _HIGHEST_SNR_DB), speech_seconds


def _median_pitch_hz(samples: NDArray[np.float64], sample_rate_hz: int) -> float:
    """The autocorrelation of windowed frames over that of their window (Boersma 1993).

    It is taken at the shortest lag that is nearly the best.
    """
    length = round(_PITCH_FRAME_SECONDS * sample_rate_hz)
    window = np.hanning(length)
    frames = _frames(samples, length, round(_PITCH_HOP_SECONDS * sample_rate_hz))
    energy = (frames**2).sum(axis=1)
    frames = frames[(energy > 0.0) & (energy >= energy.max() * 10.0 ** (-_PITCH_RANGE_DB / 10.0))]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * window
    shortest = int(sample_rate_hz / _HIGHEST_PITCH_HZ)
    longest = int(sample_rate_hz / _LOWEST_PITCH_HZ)
    likeness = _autocorrelation(frames, longest + 2) / _autocorrelation(window[None], longest + 2)
    likeness = likeness / np.maximum(likeness[:, :1], 1e-12)
    is_peak = (likeness[:, 1:-1] >= likeness[:, :-2]) & (likeness[:, 1:-1] > likeness[:, 2:])
    peaks = np.where(is_peak, likeness[:, 1:-1], 0.0)[
        :, shortest - 1 :
    ]  # (frames, lags from the shortest)
    voiced = peaks[peaks.max(axis=1, initial=0.0) > _VOICED]
    if not len(voiced):
        return math.nan
    # Twice the period fits as well as the period itself.
    lags = shortest + (voiced >= _NEARLY_BEST * voiced.max(axis=1, keepdims=True)).argmax(axis=1)
    return float(np.median(sample_rate_hz / lags))


def _frames(samples: NDArray[np.float64], length: int, hop: int) -> NDArray[np.float64]:
    """Whole frames, (frames, length).

    Of a clip shorter than one, a single frame that is filled up with silence.
    """
    padded = np.pad(samples, (0, max(0, length - len(samples))))
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]


def _autocorrelation(frames: NDArray[np.float64], num_lags: int) -> NDArray[np.float64]:
    size = 2 ** (2 * frames.shape[1] - 1).bit_length()
    return np.asarray(
        np.fft.irfft(np.abs(np.fft.rfft(frames, size, axis=1)) ** 2, axis=1)[:, :num_lags]
    )
