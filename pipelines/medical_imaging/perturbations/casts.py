"""Colours moved as a whole: a turned hue, the white balance of another device."""

from __future__ import annotations

import numpy as np

from pipelines.medical_imaging.reading.measurements.colour import (
    Pixels,
    from_lab,
    from_linear,
    to_lab,
    to_linear,
)

__all__ = ["COOL", "WARM", "balance_white", "turn_hue"]

# Gains of linear red, green and blue that keep the luminance of grey (Rec. 709 weights) and move
# typical skin (L* 70, a* 15, b* 18) by ΔE*ab 7.8, the median colour error of an uncalibrated
# smartphone dermatoscope (Cugmas et al. 2017, Proc. SPIE 10592, 105920G).
WARM = (1.091, 0.991, 0.819)
COOL = (0.916, 1.004, 1.206)


def turn_hue(images: Pixels, degrees: float, generator: np.random.Generator) -> Pixels:
    """Turn all colours around grey in CIE L*a*b*.

    Lightness and chroma stay, images in shades of grey stay as they are.

    Args:
        images: (n, height, width, 3).
        degrees: Hue angle; each image turns either way by chance.
        generator: Draws the ways.
    """
    angle = np.radians(degrees) * generator.choice([-1.0, 1.0], size=len(images))[:, None, None]
    lab = to_lab(images)
    redness = lab[..., 1].copy()
    yellowness = lab[..., 2].copy()
    lab[..., 1] = np.cos(angle) * redness - np.sin(angle) * yellowness
    lab[..., 2] = np.sin(angle) * redness + np.cos(angle) * yellowness
    return from_lab(lab)


def balance_white(images: Pixels, gains: tuple[float, float, float]) -> Pixels:
    """Multiply the linear light of each channel, as another white balance does (von Kries 1902)."""
    return from_linear(to_linear(images) * np.asarray(gains))
