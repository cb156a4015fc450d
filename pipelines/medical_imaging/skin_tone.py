"""Skin tone estimated from pixels: the individual typology angle (ITA). An estimate, never a diagnosis or an ethnicity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipelines.medical_imaging.colour import Pixels, to_lab
from shared.contract import UNKNOWN

__all__ = ["ITA_NOTE", "skin_tone_name", "typology_angle_degrees"]

ITA_NOTE = (
    "skin_tone_estimate is an estimate from pixels, not a recorded attribute: the individual typology angle of the median colour "
    "outside the lesion mask, cut by the thresholds of Chardon et al. (1991), as Kinyanjui et al. (2020) did for dermatoscopic pictures; "
    "lighting and camera move it."
)

# Lower bound in degrees, exclusive -> name. Chardon, Cretois & Hourseau (1991), Int. J. Cosmetic Science 13.
_TONES = ((55.0, "very light"), (41.0, "light"), (28.0, "intermediate"), (10.0, "tan"), (-30.0, "brown"))
_SMALLEST_SKIN_SHARE = 0.02


def typology_angle_degrees(pixels: Pixels, lesion: NDArray[np.bool_]) -> float:
    """Individual typology angle of the skin around a lesion: arctan((L* − 50) / b*) in degrees (Chardon et al. 1991).

    Args:
        pixels: (height, width, 3) uint8 sRGB.
        lesion: (height, width) bool: the pixels to leave out; a margin around them is left out too.

    Returns:
        Degrees in [-90, 90], of the median L* and b*, which hairs and dark corners hardly move; NaN if too little skin is visible.
    """
    margin = max(1, round(0.03 * min(lesion.shape)))
    skin = ~np.asarray(ndimage.maximum_filter(lesion, size=2 * margin + 1))
    if skin.mean() < _SMALLEST_SKIN_SHARE:
        return float("nan")
    lightness, _, yellowness = np.median(to_lab(pixels[skin]), axis=0)
    # arctan2 with |b*|: bluish skin, a white-balance fault, must not fold a light tone onto a dark one.
    return float(np.degrees(np.arctan2(lightness - 50.0, abs(yellowness))))


def skin_tone_name(angle_degrees: float) -> str:
    """The name of an angle's tone, from "very light" to "dark"; unknown for NaN."""
    if np.isnan(angle_degrees):
        return UNKNOWN
    return next((name for bound, name in _TONES if angle_degrees > bound), "dark")
