"""Colour spaces: sRGB codes, linear light, CIE L*a*b*."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pixels", "from_lab", "from_linear", "linear_to_lab", "to_lab", "to_linear", "to_pixels"]

Pixels = NDArray[np.uint8]
"""(..., 3) sRGB codes from 0 to 255."""

_WHITE = np.array([0.95047, 1.0, 1.08883])  # CIE XYZ of D65, 2° observer
_RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_EPSILON, _KAPPA = 216.0 / 24389.0, 24389.0 / 27.0  # CIE 15:2004, linear part of the cube root
_CODES = np.arange(256) / 255.0
_LINEAR = np.where(
    _CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4
)  # IEC 61966-2-1


def to_pixels(codes: NDArray[np.floating[Any]]) -> Pixels:
    """Round codes and cut them off at 0 and 255."""
    pixels: Pixels = np.clip(np.rint(codes), 0, 255).astype(np.uint8)
    return pixels


def to_linear(pixels: Pixels) -> NDArray[np.float64]:
    """Convert sRGB codes to linear light in [0, 1], of the same shape."""
    return np.asarray(_LINEAR[pixels])


def from_linear(light: NDArray[np.floating[Any]]) -> Pixels:
    """The inverse of `to_linear`; what is darker than black or brighter than white is clipped."""
    light = np.clip(light, 0.0, 1.0)
    return to_pixels(
        255.0 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1.0 / 2.4) - 0.055)
    )


def to_lab(pixels: Pixels) -> NDArray[np.float64]:
    """Convert sRGB codes to CIE L*a*b* (..., 3) under D65; L* lies in [0, 100]."""
    return linear_to_lab(to_linear(pixels))


def linear_to_lab(light: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Convert linear light (..., 3) to CIE L*a*b* (..., 3) under D65."""
    ratios = light @ _RGB_TO_XYZ.T / _WHITE
    roots = np.where(ratios > _EPSILON, np.cbrt(ratios), (_KAPPA * ratios + 16.0) / 116.0)
    x = roots[..., 0]
    y = roots[..., 1]
    z = roots[..., 2]
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def from_lab(lab: NDArray[np.float64]) -> Pixels:
    """The inverse of `to_lab`; colours outside sRGB are clipped."""
    y = (lab[..., 0] + 16.0) / 116.0
    roots = np.stack([y + lab[..., 1] / 500.0, y, y - lab[..., 2] / 200.0], axis=-1)
    ratios = np.where(roots**3 > _EPSILON, roots**3, (116.0 * roots - 16.0) / _KAPPA)
    return from_linear((ratios * _WHITE) @ np.linalg.inv(_RGB_TO_XYZ).T)
