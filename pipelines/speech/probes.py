"""Named changes of decoded clips: worse recordings, by severity, and other voices saying the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from pipelines.speech.config import SpeechConfig
from pipelines.speech.spectra import short_time_transform, speech_power
from shared.contract import Probe, Rows

__all__ = ["build_probes"]

_Change = Callable[[NDArray[np.float32], int, np.random.Generator], NDArray[np.float64]]

_SNR_DB = (20.0, 15.0, 10.0, 5.0, 0.0)
_CLIPPED_AT = (0.5, 0.25, 0.1)  # of the peak
_CUTOFF_SHARES = (0.75, 0.5, 0.35)  # of half the sample rate
_PACES = (1.1, 1.25, 1.5)
_VOICE_STEP = 1.12  # about two semitones
_QUIETER = 0.25  # 12 dB


def build_probes(config: SpeechConfig) -> Mapping[str, Probe]:
    """Corruptions and counterfactuals of `waveform` (batch, samples) float32."""
    rate = config.data.sample_rate_hz
    return {
        "background_noise": _corruption("White noise at 20, 15, 10, 5 and 0 dB below the speech is added.", len(_SNR_DB), _add_noise),
        "clipping": _corruption("The microphone overloads at 50, 25 and 10 % of the peak.", len(_CLIPPED_AT), _clip),
        "band_limit": _corruption(
            f"Frequencies above {_hertz(_CUTOFF_SHARES, rate)} are lost.", len(_CUTOFF_SHARES), partial(_limit_band, sample_rate_hz=rate)
        ),
        "pace": _corruption("The tape runs 1.1, 1.25 and 1.5 times as fast.", len(_PACES), _speed_up),
        "higher_voice": _counterfactual(
            "The same word at the same pace, with pitch and formants 12 % higher.",
            partial(_shift_voice, factor=_VOICE_STEP, sample_rate_hz=rate),
        ),
        "deeper_voice": _counterfactual(
            "The same word at the same pace, with pitch and formants 11 % lower.",
            partial(_shift_voice, factor=1.0 / _VOICE_STEP, sample_rate_hz=rate),
        ),
        "quieter": _counterfactual("The same recording, 12 dB quieter.", _turn_down),
    }


def _corruption(describe: str, num_severities: int, change: _Change) -> Probe:
    return Probe("corruption", describe, tuple(range(1, num_severities + 1)), partial(_apply, change))


def _counterfactual(describe: str, change: _Change) -> Probe:
    return Probe("counterfactual", describe, (1,), partial(_apply, change))


def _apply(change: _Change, rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    return {"waveform": change(rows["waveform"], severity, generator).astype(np.float32)}


def _hertz(shares: tuple[float, ...], sample_rate_hz: int) -> str:
    *first, last = (f"{share * sample_rate_hz / 2.0:.0f}" for share in shares)
    return f"{', '.join(first)} and {last} Hz"


def _add_noise(waveforms: NDArray[np.float32], severity: int, generator: np.random.Generator) -> NDArray[np.float64]:
    amplitude = np.sqrt(speech_power(waveforms)) * 10.0 ** (-_SNR_DB[severity - 1] / 20.0)
    return np.asarray(waveforms + amplitude * generator.normal(size=waveforms.shape))


def _clip(waveforms: NDArray[np.float32], severity: int, generator: np.random.Generator) -> NDArray[np.float64]:
    limit = _CLIPPED_AT[severity - 1] * np.abs(waveforms).max(axis=1, keepdims=True).astype(np.float64)
    return np.asarray(np.clip(waveforms, -limit, limit))


def _limit_band(
    waveforms: NDArray[np.float32], severity: int, generator: np.random.Generator, *, sample_rate_hz: int
) -> NDArray[np.float64]:
    filters = butter(8, _CUTOFF_SHARES[severity - 1] * sample_rate_hz / 2.0, fs=sample_rate_hz, output="sos")
    return np.asarray(sosfiltfilt(filters, waveforms.astype(np.float64), axis=1))


def _speed_up(waveforms: NDArray[np.float32], severity: int, generator: np.random.Generator) -> NDArray[np.float64]:
    return _read_at_pace(waveforms.astype(np.float64), _PACES[severity - 1], waveforms.shape[1])


def _turn_down(waveforms: NDArray[np.float32], severity: int, generator: np.random.Generator) -> NDArray[np.float64]:
    return waveforms.astype(np.float64) * _QUIETER


def _shift_voice(
    waveforms: NDArray[np.float32], severity: int, generator: np.random.Generator, *, factor: float, sample_rate_hz: int
) -> NDArray[np.float64]:
    """Stretch time by `factor` with a phase vocoder (Flanagan & Golden 1966), then play as much faster."""
    num_samples = waveforms.shape[1]
    transform = short_time_transform(sample_rate_hz)
    spectra: NDArray[np.complex128] = np.asarray(transform.stft(waveforms.astype(np.float64), axis=1))  # (clips, bins, frames)
    positions = np.arange(0.0, spectra.shape[2] - 1, 1.0 / factor)
    before = positions.astype(np.int64)
    share = positions - before
    magnitude = (1.0 - share) * np.abs(spectra[:, :, before]) + share * np.abs(spectra[:, :, before + 1])
    # The phase moves on as far between two stretched frames as it does between the two original ones.
    advance = np.angle(spectra[:, :, before + 1]) - np.angle(spectra[:, :, before])
    expected = 2.0 * np.pi * transform.f[None, :, None] * transform.hop / sample_rate_hz
    advance = expected + (advance - expected + np.pi) % (2.0 * np.pi) - np.pi
    phase = np.angle(spectra[:, :, :1]) + np.concatenate([np.zeros_like(advance[:, :, :1]), np.cumsum(advance[:, :, :-1], axis=2)], axis=2)
    stretched = transform.istft(magnitude * np.exp(1j * phase), k1=round(num_samples * factor), f_axis=1, t_axis=2)
    return _read_at_pace(np.asarray(stretched), factor, num_samples)


def _read_at_pace(waveforms: NDArray[np.float64], pace: float, num_samples: int) -> NDArray[np.float64]:
    """Read samples `pace` apart around the middle: (clips, n) -> (clips, num_samples); outside is silence.

    Reading faster folds what lies above the new band back into it, so the spectrum is cut there first.
    """
    spectra = np.fft.rfft(waveforms, axis=1)
    spectra[:, int(spectra.shape[1] / max(pace, 1.0)) :] = 0.0
    smooth = np.fft.irfft(spectra, n=waveforms.shape[1], axis=1)
    positions = (np.arange(num_samples) - (num_samples - 1) / 2.0) * pace + (waveforms.shape[1] - 1) / 2.0
    sources = np.arange(waveforms.shape[1])
    return np.stack([np.interp(positions, sources, row, left=0.0, right=0.0) for row in smooth])
