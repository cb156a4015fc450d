"""The signature `denoise`: what the recogniser hears. Plain data."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.speech.config import SpeechConfig
from shared.contract import Described, ServedTensor

__all__ = ["CLEANED", "DENOISE", "served_tensors"]

DENOISE = "denoise"
"""The endpoint."""

CLEANED = "denoised"
"""The layer of `preprocess` that gives the cleaned waveform."""


def served_tensors(config: SpeechConfig) -> Mapping[str, ServedTensor]:
    """`denoise` -> `samples` (batch, samples), where clips are cleaned."""
    if config.data.denoise is None:
        return {}
    meaning = (
        "the clip as the recogniser hears it, noise removed, one channel of"
        f" {config.data.sample_rate_hz} samples a second"
    )
    return {DENOISE: ServedTensor(CLEANED, "samples", Described(meaning, "full scale"))}
