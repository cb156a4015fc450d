"""Skin tone estimated from pixels: the individual typology angle (ITA). An estimate, never a diagnosis or an ethnicity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from shared.contract import UNKNOWN

__all__ = ["ITA_NOTE", "from_lab", "skin_tone_name", "to_lab", "typology_angle_degrees"]

ITA_NOTE = (
    "skin_tone_estimate is an estimate from pixels, not a recorded attribute: the individual typology angle of the median colour "
    "outside the lesion mask, cut by the thresholds of Chardon et al. (1991), as Kinyanjui et al. (2020) did for dermatoscopic pictures; "
    "lighting and camera move it."
)

_WHITE = np.array([0.95047, 1.0, 1.08883])  # CIE XYZ of D65, 2° observer
_RGB_TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
_EPSILON, _KAPPA = 216.0 / 24389.0, 24389.0 / 27.0  # CIE 15:2004, linear part of the cube root
_CODES = np.arange(256) / 255.0
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1

# Lower bound in degrees, exclusive -> name. Chardon, Cretois & Hourseau (1991), Int. J. Cosmetic Science 13.
_TONES = ((55.0, "very light"), (41.0, "light"), (28.0, "intermediate"), (10.0, "tan"), (-30.0, "brown"))
_SMALLEST_SKIN_SHARE = 0.02


def to_lab(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Convert sRGB (..., 3) uint8 to CIE L*a*b* (..., 3) under D65; L* lies in [0, 100]."""
    ratios = _LINEAR[pixels] @ _RGB_TO_XYZ.T / _WHITE
    roots = np.where(ratios > _EPSILON, np.cbrt(ratios), (_KAPPA * ratios + 16.0) / 116.0)
    x, y, z = roots[..., 0], roots[..., 1], roots[..., 2]
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def from_lab(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The inverse of `to_lab`; colours outside sRGB are clipped."""
    y = (lab[..., 0] + 16.0) / 116.0
    roots = np.stack([y + lab[..., 1] / 500.0, y, y - lab[..., 2] / 200.0], axis=-1)
    ratios = np.where(roots**3 > _EPSILON, roots**3, (116.0 * roots - 16.0) / _KAPPA)
    linear = np.clip((ratios * _WHITE) @ np.linalg.inv(_RGB_TO_XYZ).T, 0.0, 1.0)
    codes = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    pixels: NDArray[np.uint8] = np.rint(codes * 255.0).astype(np.uint8)
    return pixels


def typology_angle_degrees(pixels: NDArray[np.uint8], lesion: NDArray[np.bool_]) -> float:
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
