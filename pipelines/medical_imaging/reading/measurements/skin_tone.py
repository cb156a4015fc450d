"""Skin tone estimated from pixels: the individual typology angle (ITA).

An estimate, never a diagnosis or an ethnicity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipelines.medical_imaging.reading.measurements.colour import Pixels, to_lab
from shared.contract import UNKNOWN

__all__ = ["SKIN_TONE_ATTRIBUTE", "skin_tone_name", "skin_tone_notes", "typology_angle_degrees"]

SKIN_TONE_ATTRIBUTE = "skin_tone_estimate"

_ITA_NOTE = (
    f"{SKIN_TONE_ATTRIBUTE} is an estimate from pixels, not a recorded attribute: the individual"
    " typology angle of the median colour outside the lesion mask, cut by the thresholds of"
    " Chardon et al. (1991), as Kinyanjui et al. (2020) did for dermatoscopic images. Where skin"
    " colour is known (phantoms) the angle is off by 2.5 degrees (root mean square) and 9 of 10"
    " images get the right name; but the white balance of another device, or a third of a stop"
    " of exposure, moves it by 8 to 11 degrees and renames about half. Read it as right to about"
    " one name, in images of one device."
)

# Lower bound in degrees, exclusive -> name. Chardon, Cretois & Hourseau (1991), Int. J. Cosmetic
# Science 13.
_TONES = (
    (55.0, "very light"),
    (41.0, "light"),
    (28.0, "intermediate"),
    (10.0, "tan"),
    (-30.0, "brown"),
)
_SMALLEST_SKIN_SHARE = 0.02


def typology_angle_degrees(pixels: Pixels, lesion: NDArray[np.bool_]) -> float:
    """Individual typology angle of the skin around a lesion.

    Arctan((L* − 50) / b*) in degrees (Chardon et al. 1991).

    Args:
        pixels: (height, width, 3) uint8 sRGB.
        lesion: (height, width) bool: the pixels to leave out; a margin around them is left out too.

    Returns:
        Degrees in [-90, 90], of the median L* and b*, which hairs and dark corners hardly move; NaN
        if too little skin is visible, or if it is bluish (b* < 0): no skin is, so that the angle
        would tell the camera's white balance.
    """
    margin = max(1, round(0.03 * min(lesion.shape)))
    skin = ~np.asarray(ndimage.maximum_filter(lesion, size=2 * margin + 1))
    if skin.mean() < _SMALLEST_SKIN_SHARE:
        return float("nan")
    lightness, _, yellowness = np.median(to_lab(pixels[skin]), axis=0)
    if yellowness < 0.0:
        return float("nan")
    return float(np.degrees(np.arctan2(lightness - 50.0, yellowness)))


def skin_tone_name(angle_degrees: float) -> str:
    """The name of an angle's tone, from "very light" to "dark"; unknown for NaN."""
    if np.isnan(angle_degrees):
        return UNKNOWN
    return next((name for bound, name in _TONES if angle_degrees > bound), "dark")


def skin_tone_notes(names: Sequence[str]) -> tuple[str, ...]:
    """Sentences for the report.

    What the estimates are made from, how far they are off, and for how many images there is
    none.
    """
    missing = sum(name == UNKNOWN for name in names)
    if not missing:
        return (_ITA_NOTE,)
    return (
        _ITA_NOTE,
        (
            f"In {missing:,} of {len(names):,} images no skin tone could be estimated: the skin"
            " beside the lesion is bluish (CIE b* below 0), which is the camera's white balance"
            " and no skin, or there is too little of it. Where these are many, the angles of the"
            " others are moved by it as well."
        ),
    )
