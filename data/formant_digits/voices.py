"""Who speaks: vocal tract, pitch, pace and accent of each speaker.

A bias may be planted against one accent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.formant_digits.phones import Phone

__all__ = ["ACCENTS", "PITCH_BANDS", "Voice", "draw_voices"]

ACCENTS = ("A", "B", "C")
"""Accent C is the one that a planted bias works against."""

PITCH_BANDS = ("low", "high")
"""Of the synthetic voice; a stand-in for sex, which generated speech does not have."""

_STREAM = 1
_MEDIAN_PITCH_HZ = {"low": 110.0, "high": 205.0}
# Formants of women lie about 15-17 % higher: Peterson & Barney (1952), JASA 24, table II.
_MEAN_TRACT = {"low": 1.0, "high": 1.16}
_SCHWA_HZ = np.array([500.0, 1450.0, 2450.0])


@dataclass(frozen=True)
class Voice:
    """One synthetic speaker.

    Attributes:
        pitch_band: One of `PITCH_BANDS`.
        accent: One of `ACCENTS`.
        pitch_hz: Mean fundamental frequency.
        tract: Factor on all formants: the inverse of vocal tract length.
        habit: (3,) float64 factors on F1, F2, F3 of this speaker alone.
        pace: Factor on lengths.
        tilt_db: Level at 4 kHz against a neutral voice.
        vowel_shift: (3,) float64 factors of the accent on the formants of vowels.
        centralised: Share in [0, 1] by which the accent moves vowels towards schwa.
        snr_penalty_db: How much noisier this speaker's recordings are.
    """

    pitch_band: str
    accent: str
    pitch_hz: float
    tract: float
    habit: NDArray[np.float64]
    pace: float
    tilt_db: float
    vowel_shift: NDArray[np.float64]
    centralised: float
    snr_penalty_db: float

    def formants_hz(self, phone: Phone) -> NDArray[np.float64]:
        """F1, F2, F3 of a phone in this voice, (3,) float64 Hz."""
        targets = np.asarray(phone.formants_hz)
        if phone.is_vowel:
            targets = targets + self.centralised * (_SCHWA_HZ - targets)
            targets = targets * self.vowel_shift
        return np.asarray(targets * self.tract * self.habit, dtype=np.float64)


def draw_voices(num_speakers: int, group_bias: float, seed: int) -> tuple[Voice, ...]:
    """Draw speakers; the one at a place does not depend on how many follow.

    Args:
        num_speakers: How many.
        group_bias: Strength in [0, 1] of what is planted against accent C: fewer speakers, vowels
            moved further and towards schwa, and noisier recordings. At 0 the three accents are
            equally common and equally far from their mean.
        seed: Of the whole corpus.
    """
    return tuple(
        _draw_voice(np.random.default_rng([seed, _STREAM, speaker]), group_bias)
        for speaker in range(num_speakers)
    )


def _draw_voice(generator: np.random.Generator, group_bias: float) -> Voice:
    share_of_c = (1.0 - 0.4 * group_bias) / 3.0
    share_of_others = (1.0 - share_of_c) / 2.0
    accent = str(generator.choice(ACCENTS, p=[share_of_others, share_of_others, share_of_c]))
    pitch_band = str(generator.choice(PITCH_BANDS))
    disadvantage = group_bias if accent == "C" else 0.0
    pitch_factor = float(np.exp(generator.normal(0.0, 0.12)))
    tract_factor = float(np.exp(generator.normal(0.0, 0.06)))
    habit = np.exp(generator.normal(0.0, 0.04, 3))
    pace = float(np.exp(generator.normal(0.0, 0.12)))
    tilt_db = float(generator.normal(0.0, 3.0))
    return Voice(
        pitch_band=pitch_band,
        accent=accent,
        pitch_hz=_MEDIAN_PITCH_HZ[pitch_band] * pitch_factor,
        tract=_MEAN_TRACT[pitch_band] * tract_factor,
        habit=habit,
        pace=pace,
        tilt_db=tilt_db,
        vowel_shift=_ACCENT_SHIFTS[accent] ** (1.0 + disadvantage),
        centralised=0.6 * disadvantage,
        snr_penalty_db=10.0 * disadvantage,
    )


# Three directions that sum to nothing on a log scale: no accent is the standard from which the
# others differ.
_ACCENT_SHIFTS = {
    "A": np.exp(np.array([0.10, 0.0, 0.0])),
    "B": np.exp(np.array([-0.05, 0.09, 0.0])),
    "C": np.exp(np.array([-0.05, -0.09, 0.0])),
}
