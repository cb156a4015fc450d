"""Spoken-digit-like clips with a known answer: generated speech, never recordings."""

from __future__ import annotations

from data.formant_digits.corpus import (
    CLIP_SECONDS,
    DIGITS,
    GENERATOR_VERSION,
    SAMPLE_RATE_HZ,
    FormantDigits,
)

__all__ = ["CLIP_SECONDS", "DIGITS", "GENERATOR_VERSION", "SAMPLE_RATE_HZ", "FormantDigits"]
