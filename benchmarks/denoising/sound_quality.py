"""How near a clip is to the clean one: as a signal, and to the ear."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["intelligibility", "si_sdr_db"]

_SPEAKS_SECONDS = 3.0


def si_sdr_db(clean: NDArray[np.float64], heard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale-invariant signal-to-distortion ratio, (clips, samples) twice -> (clips,) dB.

    10 log10(|α s|² / |α s - ŝ|²), α = ⟨ŝ, s⟩ / |s|², of clips less their means (Le Roux et al.
    2019, "SDR - half-baked or well done?", equations 4 and 5). NaN for a silent clip; infinite for
    a perfect one.
    """
    signal = clean - clean.mean(axis=1, keepdims=True)
    received = heard - heard.mean(axis=1, keepdims=True)
    power = (signal**2).sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = (received * signal).sum(axis=1, keepdims=True) / power * signal
        distortion = ((wanted - received) ** 2).sum(axis=1)
        return np.asarray(10.0 * np.log10((wanted**2).sum(axis=1) / distortion))


def intelligibility(
    clean: NDArray[np.float64],
    heard: NDArray[np.float64],
    speakers: NDArray[np.str_],
    rate_hz: int,
) -> dict[str, float]:
    """Speaker -> short-time objective intelligibility (STOI, Taal et al. 2011), in [0, 1].

    It needs more sound than a word has, so all clips of a speaker are one recording.

    Args:
        clean: (clips, samples).
        heard: The same clips in noise, or cleaned.
        speakers: (clips,).
        rate_hz: Of the clips.
    """
    from pystoi import stoi

    found = {}
    for speaker in np.unique(speakers):
        chosen = speakers == speaker
        if clean[chosen].size >= _SPEAKS_SECONDS * rate_hz:
            pair = clean[chosen].reshape(-1), heard[chosen].reshape(-1)
            found[str(speaker)] = float(stoi(*pair, rate_hz))
    return found
