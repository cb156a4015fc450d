"""The fingerprint of a sound: its waveform, so flattened and cut that a copy still fits on it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

__all__ = [
    "EXCERPT_SAMPLES",
    "fingerprint_sound",
    "sound_correlation",
    "spectral_shape",
    "spectral_width",
]

EXCERPT_SAMPLES = 8192
"""About a second, around the middle of the energy."""

_RATE_HZ = 8000
_LOWEST_HZ, _HIGHEST_HZ = 150.0, 3400.0  # what telephones, codecs and resampling leave alone
_LOW_SLOPE_HZ, _HIGH_SLOPE_HZ = 80.0, 150.0
_SMOOTHED_HZ = 200.0
_FLATTENING = 0.25  # exponent of the smoothed power: halfway (in dB) to a flat spectrum
_FLOOR = 1e-4  # of the largest smoothed power: what lies below is noise and stays low
_LEAST_SAMPLES = 64
_LARGEST = 127.0  # excerpts are kept as 8-bit integers
_QUIET = 0.02  # of the peak: beyond, at both ends, nothing is compared
_MOST_SHIFT = 1200  # samples: 0.15 s
_LEAST_OVERLAP = 0.3  # of the energy of either sound
_FIRST_BIN, _BINS, _BIN_WIDTH = 150, 410, 8
_FRAME_SAMPLES = 512


def fingerprint_sound(content: Any) -> NDArray[np.uint64] | None:
    """A second of the waveform at 8 kHz, whose long-term spectrum is flattened by half.

    Sounds of one word by one speaker have the same spectrum; what differs is where each wave lies.
    Flattening keeps a single strong formant from deciding.

    Args:
        content: Bytes of a sound file that libsndfile reads, or (samples,) float at 8 kHz.

    Returns:
        (1024,) uint64: 8192 samples as int8; None if the sound can't be decoded or is silent.
    """
    samples = _samples(content)
    if samples is None or len(samples) < _LEAST_SAMPLES:
        return None
    flat = _flattened(samples)
    energy = flat**2
    if not energy.sum() > 0.0:
        return None
    middle = int((energy * np.arange(len(flat))).sum() / energy.sum())
    padded = np.pad(flat, EXCERPT_SAMPLES)
    start = middle + EXCERPT_SAMPLES // 2
    excerpt = padded[start : start + EXCERPT_SAMPLES]
    scaled = np.round(excerpt * (_LARGEST / np.abs(excerpt).max()))
    return np.asarray(scaled.astype(np.int8).view(np.uint64))


def spectral_shape(fingerprints: NDArray[np.uint64]) -> NDArray[np.float32]:
    """What neighbours are sought by: the power spectrum in bands of 8 Hz.

    It does not change with gain, polarity or a shift in time.

    Args:
        fingerprints: (n, 1024) uint64.

    Returns:
        (n, 410) float32 of mean 0 and length 1: their products are correlations.
    """
    power = np.abs(np.fft.rfft(_waves(fingerprints), axis=1)) ** 2
    bands = power[:, _FIRST_BIN : _FIRST_BIN + _BINS * _BIN_WIDTH]
    shape = np.sqrt(bands.reshape(len(power), _BINS, _BIN_WIDTH).sum(axis=2))
    shape = shape - shape.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(shape, axis=1, keepdims=True)
    return np.asarray(shape / np.maximum(lengths, 1e-12), dtype=np.float32)


def sound_correlation(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.float64]:
    """The largest correlation of two waveforms over shifts up to 0.15 s, whatever their polarity.

    Only where both sound is compared, so that a sound that was cut differently still fits.

    Args:
        first: (n, 1024) uint64 fingerprints.
        second: Their partners.

    Returns:
        (n,) float64 in [0, 1].
    """
    waves = _waves(first)
    others = _waves(second)
    shifts = np.arange(-_MOST_SHIFT, _MOST_SHIFT + 1)
    size = 2 * EXCERPT_SAMPLES
    spectra = np.fft.rfft(waves, size, axis=1)
    other_spectra = np.fft.rfft(others, size, axis=1)
    product = spectra * np.conj(other_spectra)
    fits = np.abs(np.fft.irfft(product, axis=1)[:, shifts])  # (n, shifts)
    starts, ends = _sounding(waves)
    other_starts, other_ends = _sounding(others)
    begin = np.maximum(starts, other_starts + shifts)
    end = np.maximum(np.minimum(ends, other_ends + shifts), begin)
    energy = _energy_between(waves, begin, end)
    other_energy = _energy_between(others, begin - shifts, end - shifts)
    least = _LEAST_OVERLAP * (waves**2).sum(axis=1, keepdims=True)
    other_least = _LEAST_OVERLAP * (others**2).sum(axis=1, keepdims=True)
    is_enough = (energy >= least) & (other_energy >= other_least)
    correlation = fits / np.sqrt(np.maximum(energy * other_energy, 1e-12))
    best = np.where(is_enough, correlation, 0.0).max(axis=1)
    return np.asarray(np.minimum(best, 1.0))


def spectral_width(fingerprints: NDArray[np.uint64]) -> NDArray[np.float64]:
    """How many bins of 16 Hz hold a moment's power: 3 for one steady tone, 20 for speech (median).

    The inverse participation ratio, (sum p)^2 / sum p^2, of each frame of 64 ms, in the mean over
    the frames weighted by their power.

    Args:
        fingerprints: (n, 1024) uint64.
    """
    window = np.hanning(_FRAME_SAMPLES)
    waves = _waves(fingerprints)
    views = np.lib.stride_tricks.sliding_window_view(waves, _FRAME_SAMPLES, axis=1)
    frames = views[:, :: _FRAME_SAMPLES // 2] * window  # (n, frames, samples)
    power = np.abs(np.fft.rfft(frames, axis=2)) ** 2
    total = power.sum(axis=2)
    width = total**2 / np.maximum((power**2).sum(axis=2), 1e-9)
    return np.asarray((width * total).sum(axis=1) / np.maximum(total.sum(axis=1), 1e-9))


def _flattened(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """The samples between 150 and 3,400 Hz, with half of their spectral envelope taken away."""
    size = 2 * max(len(samples), EXCERPT_SAMPLES)
    spectrum = np.fft.rfft(samples, size)
    frequencies_hz = np.fft.rfftfreq(size, 1.0 / _RATE_HZ)
    rising = np.clip((frequencies_hz - _LOWEST_HZ) / _LOW_SLOPE_HZ, 0.0, 1.0)
    falling = np.clip((_HIGHEST_HZ - frequencies_hz) / _HIGH_SLOPE_HZ, 0.0, 1.0)
    band = rising * falling
    half_width = max(round(_SMOOTHED_HZ / frequencies_hz[1]) // 2, 1)
    sums = np.concatenate([[0.0], np.cumsum(np.abs(spectrum) ** 2)])
    bins = np.arange(len(spectrum))
    first = np.maximum(bins - half_width, 0)
    last = np.minimum(bins + half_width + 1, len(bins))
    smooth = (sums[last] - sums[first]) / (last - first)
    floor = _FLOOR * float((smooth * band).max()) + 1e-30
    weights = band * (smooth + floor) ** -_FLATTENING
    return np.asarray(np.fft.irfft(spectrum * weights)[: len(samples)])


def _waves(fingerprints: NDArray[np.uint64]) -> NDArray[np.float32]:
    return np.ascontiguousarray(fingerprints).view(np.int8).astype(np.float32)


def _sounding(waves: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each begins and ends, (n, 1) each."""
    loud = np.abs(waves) > _QUIET * np.abs(waves).max(axis=1, keepdims=True)
    starts = loud.argmax(axis=1)[:, None]
    return starts, waves.shape[1] - loud[:, ::-1].argmax(axis=1)[:, None]


def _energy_between(
    waves: NDArray[np.float32], begin: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sums of squares from begin to end, (n, shifts)."""
    sums = np.pad(np.cumsum(waves.astype(np.float64) ** 2, axis=1), ((0, 0), (1, 0)))
    last = waves.shape[1]
    until = np.take_along_axis(sums, np.clip(end, 0, last), axis=1)
    return np.asarray(until - np.take_along_axis(sums, np.clip(begin, 0, last), axis=1))


def _samples(content: Any) -> NDArray[np.float64] | None:
    """Mono samples at 8 kHz; None if they can't be decoded."""
    if not isinstance(content, bytes):
        return np.asarray(content, dtype=np.float64)
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(content), dtype="float64", always_2d=True)
    except soundfile.LibsndfileError:
        return None
    mono = samples.mean(axis=1)
    return np.asarray(mono if rate_hz == _RATE_HZ else soxr.resample(mono, rate_hz, _RATE_HZ))
