"""The same words by another voice: pitch and vocal tract, each changed alone.

The spectrum of a voice is a comb of harmonics (the pitch) under an envelope (the resonances of the
vocal tract: its formants). Linear prediction finds the envelope (Atal & Hanauer 1971), so that
either can be moved while the other stays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.signal import ShortTimeFFT

from pipelines.speech.perturbations.recorders import read_at_pace
from pipelines.speech.spectra import short_time_transform, speech_power

__all__ = ["scale_vocal_tract", "shift_pitch"]

_NARROWEST_HZ = 60.0
_WHITE_FLOOR = 1.0 + 1e-5  # 50 dB below the frame: keeps the recursion stable
_STRONGEST_GAIN = np.log(
    100.0
)  # 40 dB: an envelope's slope beyond that is the end of the band, not a voice
_CLIPS_AT_ONCE = 64  # bounds memory: spectra are some thirty times the size of the samples


def shift_pitch(
    waveforms: NDArray[np.float64], semitones: float, *, sample_rate_hz: int
) -> NDArray[np.float64]:
    """Raise the pitch of (clips, samples) by `semitones`, or lower it if negative.

    Formants, pace and loudness stay.

    A phase vocoder shifts everything (Flanagan & Golden 1966), then each frame is given the
    envelope that it had. When lowered, nothing is left at the top of the band: the original stays
    there.
    """
    return _in_pieces(
        waveforms,
        partial(_shift_pitch, factor=2.0 ** (semitones / 12.0), sample_rate_hz=sample_rate_hz),
    )


def scale_vocal_tract(
    waveforms: NDArray[np.float64], length: float, *, sample_rate_hz: int
) -> NDArray[np.float64]:
    """Make the vocal tract of the speakers of (clips, samples) `length` times as long.

    Pitch, pace and loudness stay.

    All resonances of a tube are inversely proportional to its length (Fant 1960), so each frame's
    envelope is read `length` times as far up; the harmonics below it stay where they are.
    """
    return _in_pieces(
        waveforms, partial(_scale_vocal_tract, length=length, sample_rate_hz=sample_rate_hz)
    )


def _in_pieces(
    waveforms: NDArray[np.float64], change: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    pieces = [
        change(waveforms[start : start + _CLIPS_AT_ONCE])
        for start in range(0, len(waveforms), _CLIPS_AT_ONCE)
    ]
    changed = np.concatenate(pieces)
    return np.asarray(changed * np.sqrt(speech_power(waveforms) / speech_power(changed)))


def _scale_vocal_tract(
    waveforms: NDArray[np.float64], *, length: float, sample_rate_hz: int
) -> NDArray[np.float64]:
    transform = short_time_transform(sample_rate_hz)
    spectra = _spectra(waveforms, transform)
    envelope = _log_envelope(spectra, sample_rate_hz)
    return _waveforms(
        spectra * _gain(_read_at(envelope, length) - envelope), transform, waveforms.shape[1]
    )


def _shift_pitch(
    waveforms: NDArray[np.float64], *, factor: float, sample_rate_hz: int
) -> NDArray[np.float64]:
    num_samples = waveforms.shape[1]
    transform = short_time_transform(sample_rate_hz)
    spectra = _spectra(waveforms, transform)
    envelope = _log_envelope(spectra, sample_rate_hz)
    stretched = _stretched(spectra, transform, factor, round(num_samples * factor))
    shifted = _spectra(read_at_pace(stretched, factor, num_samples), transform) * _gain(
        envelope - _read_at(envelope, 1.0 / factor)
    )
    is_empty = transform.f >= 0.98 * min(factor, 1.0) * sample_rate_hz / 2.0
    shifted[:, is_empty] = spectra[:, is_empty]
    return _waveforms(shifted, transform, num_samples)


def _stretched(
    spectra: NDArray[np.complex128], transform: ShortTimeFFT, factor: float, num_samples: int
) -> NDArray[np.float64]:
    """Clips that last `factor` times as long, at the same pitch.

    (clips, bins, frames) -> (clips, num_samples).
    """
    positions = np.arange(0.0, spectra.shape[2] - 1, 1.0 / factor)
    before = positions.astype(np.int64)
    share = positions - before
    magnitude = np.abs(spectra)
    angle = np.angle(spectra)
    magnitude = (1.0 - share) * magnitude[:, :, before] + share * magnitude[:, :, before + 1]
    # The phase moves on as far between two stretched frames as it does between the two original
    # ones.
    advance = angle[:, :, before + 1] - angle[:, :, before]
    expected = 2.0 * np.pi * transform.f[None, :, None] * transform.hop / transform.fs
    advance = expected + (advance - expected + np.pi) % (2.0 * np.pi) - np.pi
    phase = angle[:, :, :1] + np.concatenate(
        [np.zeros_like(advance[:, :, :1]), np.cumsum(advance[:, :, :-1], axis=2)], axis=2
    )
    return _waveforms(magnitude * np.exp(1j * phase), transform, num_samples)


def _spectra(waveforms: NDArray[np.float64], transform: ShortTimeFFT) -> NDArray[np.complex128]:
    return np.asarray(transform.stft(waveforms, axis=1))  # (clips, bins, frames)


def _waveforms(
    spectra: NDArray[np.complex128], transform: ShortTimeFFT, num_samples: int
) -> NDArray[np.float64]:
    return np.asarray(transform.istft(spectra, k1=num_samples, f_axis=1, t_axis=2))


def _log_envelope(spectra: NDArray[np.complex128], sample_rate_hz: int) -> NDArray[np.float64]:
    """The natural logarithm of the envelope of (clips, bins, frames).

    Of the all-pole filter that explains each frame best.

    The autocorrelation method of linear prediction (Makhoul 1975).
    """
    order = sample_rate_hz // 1000 + 4
    autocorrelation = np.fft.irfft(np.abs(spectra) ** 2, axis=1)[:, : order + 1]
    # Harmonics of a high voice must not be taken for resonances: no peak may be narrower than 60 Hz
    # (as in ITU-T G.729, section 3.2.1).
    lags_seconds = np.arange(order + 1) / sample_rate_hz
    damping = np.exp(-0.5 * (2.0 * np.pi * _NARROWEST_HZ * lags_seconds) ** 2)
    filters, remainder = _prediction_filters(autocorrelation * damping[None, :, None])
    response = np.abs(np.fft.rfft(filters, n=2 * (spectra.shape[1] - 1), axis=1))
    return np.asarray(0.5 * np.log(remainder) - np.log(response))


def _prediction_filters(
    autocorrelation: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Levinson's recursion (Makhoul 1975, eq. 38) for all frames at once.

    Args:
        autocorrelation: (clips, order + 1, frames).

    Returns:
        Inverse filters, like the argument, the first coefficient being 1; what they leave
        unexplained, (clips, 1, frames), above 0.
    """
    power = autocorrelation[:, :1] * _WHITE_FLOOR + 1e-12
    filters = np.zeros_like(autocorrelation)
    filters[:, 0] = 1.0
    for step in range(1, autocorrelation.shape[1]):
        reflection = (
            -(filters[:, :step] * autocorrelation[:, step:0:-1]).sum(axis=1, keepdims=True) / power
        )
        filters[:, : step + 1] += reflection * filters[:, step::-1]
        power = power * (1.0 - reflection**2)
    return filters, power


def _read_at(envelope: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """The envelope at `factor` times each bin's frequency, (clips, bins, frames).

    Beyond the last bin it stays level.
    """
    num_bins = envelope.shape[1]
    positions = np.minimum(np.arange(num_bins) * factor, num_bins - 1.0)
    before = np.minimum(positions.astype(np.int64), num_bins - 2)
    share = (positions - before)[None, :, None]
    return np.asarray((1.0 - share) * envelope[:, before] + share * envelope[:, before + 1])


def _gain(logarithm: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(np.clip(logarithm, -_STRONGEST_GAIN, _STRONGEST_GAIN))
