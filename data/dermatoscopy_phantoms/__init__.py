"""Dermatoscopy-like phantoms.

Synthetic images of skin lesions whose class, its cause and its group bias are known.
"""

from __future__ import annotations

from data.dermatoscopy_phantoms.patients import (
    AGE_RANGE_YEARS,
    SEXES,
    SKIN_TONES,
    Patients,
    draw_patients,
)
from data.dermatoscopy_phantoms.phantoms import (
    CLASS_NAMES,
    GENERATOR_VERSION,
    Phantom,
    PhantomCollection,
    PhantomSettings,
)

__all__ = [
    "AGE_RANGE_YEARS",
    "CLASS_NAMES",
    "GENERATOR_VERSION",
    "SEXES",
    "SKIN_TONES",
    "Patients",
    "Phantom",
    "PhantomCollection",
    "PhantomSettings",
    "draw_patients",
]
