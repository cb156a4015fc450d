"""Noise that is added to clips at a stated signal-to-noise ratio.

White, pink, and the babble of other people.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.speech.spectra import speech_power

__all__ = ["SNR_DB", "Ratio", "add_babble", "add_pink_noise", "add_white_noise"]

SNR_DB = (20.0, 15.0, 10.0, 5.0, 0.0)
"""The noisy conditions of Aurora-2, on which ETSI compared front ends for mobile recognition
(Hirsch & Pearce 2000)."""

Ratio = float | NDArray[np.float64]
"""In dB: one for all clips, or (clips, 1)."""

# three to seven are mixed in the MUSAN recipe for x-vectors (Snyder et al. 2018, section 3.3)
_NUM_TALKERS = 5


def add_white_noise(
    waveforms: NDArray[np.float64], snr_db: Ratio, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Add noise with equal power at all frequencies, as of a cheap microphone amplifier."""
    return _mix(waveforms, generator.normal(size=waveforms.shape), snr_db)


def add_pink_noise(
    waveforms: NDArray[np.float64], snr_db: Ratio, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Add noise with equal power in all octaves, as of traffic, fans and wind."""
    spectra = np.fft.rfft(generator.normal(size=waveforms.shape), axis=1)
    bins = np.maximum(np.arange(spectra.shape[1]), 1)
    return _mix(
        waveforms, np.fft.irfft(spectra / np.sqrt(bins), n=waveforms.shape[1], axis=1), snr_db
    )


def add_babble(
    waveforms: NDArray[np.float64], snr_db: Ratio, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Add five other voices, each a clip of the batch read backwards from a random place.

    None of them then says a word that counts.

    A batch of one has no other voices: its own is used.

    Args:
        waveforms: (clips, samples).
        snr_db: Level of the speech against all five together.
        generator: Draws who talks, and from where on.
    """
    num_clips, num_samples = waveforms.shape
    equally_loud = waveforms / np.sqrt(speech_power(waveforms))
    # 1 to n - 1 places away, so that nobody talks over themself.
    others = (
        np.arange(num_clips)[:, None]
        + generator.integers(1, max(num_clips, 2), (num_clips, _NUM_TALKERS))
    ) % num_clips
    starts = generator.integers(0, num_samples, (num_clips, _NUM_TALKERS))
    babble = np.zeros_like(waveforms)
    for talker in range(_NUM_TALKERS):
        places = (starts[:, talker, None] - np.arange(num_samples)) % num_samples
        babble += equally_loud[others[:, talker, None], places]
    return _mix(waveforms, babble, snr_db)


def _mix(
    waveforms: NDArray[np.float64], noise: NDArray[np.float64], snr_db: Ratio
) -> NDArray[np.float64]:
    # The level of the speech while it lasts, as ITU-T P.56 measures it, against that of the noise
    # over the whole clip.
    noise_power = np.maximum((noise**2).mean(axis=1, keepdims=True), 1e-12)
    return np.asarray(
        waveforms
        + noise * np.sqrt(speech_power(waveforms) / noise_power) * 10.0 ** (-snr_db / 20.0)
    )
