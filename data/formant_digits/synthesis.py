"""Source and filter: glottal pulses and noise, shaped frame by frame by moving formant resonances.

All clips at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["HOP_SAMPLES", "Tracks", "envelope", "glottal_pulses", "shape_sources"]

HOP_SAMPLES = 64
_FRAME_SAMPLES = 4 * HOP_SAMPLES
_BANDWIDTHS_HZ = (70.0, 100.0, 160.0, 250.0)


@dataclass(frozen=True)
class Tracks:
    """How the vocal tract moves: one value a frame of `HOP_SAMPLES`.

    Attributes:
        formants_hz: (clips, frames, 4).
        voicing: (clips, frames) amplitude of the pulses.
        tilt_db: (clips,) level at half the sample rate against a neutral voice.
        noise: (clips, frames) amplitude of the turbulent noise.
        noise_hz: (clips, frames) its centre.
        noise_width_hz: (clips, frames) standard deviation of its band.
    """

    formants_hz: NDArray[np.float64]
    voicing: NDArray[np.float64]
    tilt_db: NDArray[np.float64]
    noise: NDArray[np.float64]
    noise_hz: NDArray[np.float64]
    noise_width_hz: NDArray[np.float64]


def glottal_pulses(pitch_hz: NDArray[np.float64], sample_rate_hz: int) -> NDArray[np.float64]:
    """One pulse a period.

    A pulse between two samples is shared by both, so that pitch is not rounded to whole samples.

    Args:
        pitch_hz: (clips, samples).
        sample_rate_hz: Of the pulses.

    Returns:
        (clips, samples) float64 with unit mean square.
    """
    step = pitch_hz / sample_rate_hz  # periods a sample
    phase = np.cumsum(step, axis=1)
    begins = np.diff(np.floor(phase), axis=1, prepend=0.0) > 0
    # Samples since the pulse, in [0, 1).
    late = np.where(begins, (phase - np.floor(phase)) / step, 0.0)
    height = begins / np.sqrt(step)
    pulses = height * (1.0 - late)
    pulses[:, :-1] += (height * late)[:, 1:]
    return np.asarray(pulses)


def shape_sources(
    pulses: NDArray[np.float64], noise: NDArray[np.float64], tracks: Tracks, sample_rate_hz: int
) -> NDArray[np.float64]:
    """Filter both sources by the tracks and add them.

    Args:
        pulses: (clips, samples), a multiple of `HOP_SAMPLES` long.
        noise: (clips, samples), white with unit variance.
        tracks: frames = samples / HOP_SAMPLES.
        sample_rate_hz: Of both sources.

    Returns:
        (clips, samples) float64.
    """
    # Square-root Hann windows before and after the filter: at four hops a frame their product sums
    # to 2.
    window = np.sqrt(0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(_FRAME_SAMPLES) / _FRAME_SAMPLES))
    frequencies_hz = np.fft.rfftfreq(_FRAME_SAMPLES, 1.0 / sample_rate_hz)
    voiced, turbulent = _responses(
        tracks, np.asarray(frequencies_hz, dtype=np.float64), sample_rate_hz
    )
    of_pulses = np.fft.rfft(_frames(pulses) * window, axis=2)
    of_noise = np.fft.rfft(_frames(noise) * window, axis=2)
    spectra = of_pulses * voiced + of_noise * turbulent
    return _overlap_add(np.fft.irfft(spectra, axis=2) * window) / 2.0


def envelope(
    tracks: Tracks, frequencies_hz: NDArray[np.float64], sample_rate_hz: int
) -> NDArray[np.float64]:
    """Power over time and frequency without harmonics and randomness.

    (clips, frames, frequencies) float64.

    The fall of the glottal source is taken out, as the ear and pre-emphasis do, so that all
    formants count alike.
    """
    voiced, turbulent = _responses(tracks, frequencies_hz, sample_rate_hz)
    return np.asarray(
        (voiced / _source_slope(frequencies_hz)) ** 2 + turbulent**2, dtype=np.float64
    )


def _source_slope(frequencies_hz: NDArray[np.float64]) -> NDArray[np.float32]:
    # -6 dB an octave above 300 Hz: glottal flow falls by 12, radiation at the lips gives 6 back
    # (Fant 1960).
    return np.asarray(1.0 / np.sqrt(1.0 + (frequencies_hz / 300.0) ** 2), dtype=np.float32)


def _responses(
    tracks: Tracks, frequencies_hz: NDArray[np.float64], sample_rate_hz: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    # Magnitudes for pulses and noise, (clips, frames, frequencies) each. Single precision: a tenth
    # of the time, 16 bits are heard.
    kilohertz = (frequencies_hz / 1000.0).astype(np.float32)
    formants = (tracks.formants_hz / 1000.0).astype(np.float32)
    # Product of second-order resonances with unit gain at 0 Hz: c² / sqrt((c² - f²)² + (b f)²).
    squares = np.ones((*tracks.voicing.shape, len(kilohertz)), dtype=np.float32)
    for index, bandwidth_hz in enumerate(_BANDWIDTHS_HZ):
        distance = formants[:, :, index, None] ** 2 - kilohertz**2
        squares *= distance**2 + (bandwidth_hz / 1000.0 * kilohertz) ** 2
    height = tracks.voicing * np.prod(formants.astype(np.float64) ** 2, axis=2)
    tilt_exponent = tracks.tilt_db[:, None] / 20.0 * frequencies_hz / (sample_rate_hz / 2.0)
    tilt = 10.0**tilt_exponent * _source_slope(frequencies_hz)
    resonances = height[:, :, None].astype(np.float32) / np.sqrt(squares)
    voiced = resonances * tilt[:, None, :].astype(np.float32)
    centre = tracks.noise_hz[:, :, None].astype(np.float32) / 1000.0
    width = tracks.noise_width_hz[:, :, None] / 1000.0
    from_centre = (kilohertz - centre) / width
    band = np.exp(-0.5 * from_centre.astype(np.float32) ** 2)
    turbulent = tracks.noise[:, :, None].astype(np.float32) * band
    return voiced, turbulent


def _frames(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    # Frame i is centred on the middle of hop i: (clips, frames, samples).
    before = (_FRAME_SAMPLES - HOP_SAMPLES) // 2
    after = (_FRAME_SAMPLES - HOP_SAMPLES + 1) // 2
    padded = np.pad(signal, ((0, 0), (before, after)))
    return np.lib.stride_tricks.sliding_window_view(padded, _FRAME_SAMPLES, axis=1)[
        :, ::HOP_SAMPLES
    ]


def _overlap_add(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    clips, num_frames, _ = frames.shape
    quarters = frames.reshape(clips, num_frames, 4, HOP_SAMPLES)
    total = np.zeros((clips, num_frames + 3, HOP_SAMPLES))
    for quarter in range(4):
        total[:, quarter : quarter + num_frames] += quarters[:, :, quarter]
    before = (_FRAME_SAMPLES - HOP_SAMPLES) // 2
    return total.reshape(clips, -1)[:, before : before + num_frames * HOP_SAMPLES]
