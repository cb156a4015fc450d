"""How sharp an image is, estimated from its pixels.

A condition under which a model works, not a fact about a person.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from pipelines.medical_imaging.reading.measurements.colour import Pixels

__all__ = ["SHARPNESS_ATTRIBUTE", "SHARPNESS_NOTE", "laplacian_variance", "sharpness_bands"]

SHARPNESS_ATTRIBUTE = "sharpness_estimate"
SHARPNESS_NOTE = (
    f"{SHARPNESS_ATTRIBUTE} is an estimate from pixels: the variance of the Laplacian of the grey"
    " image (Pech-Pacheco et al. 2000) at the model's size, cut where the training split falls"
    " into thirds. Hairs, noise and a lesion rich in structure also count as sharp, so that a gap"
    " may be one of content."
)

_BANDS = ("blurred third", "middle third", "sharp third")


def laplacian_variance(pixels: Pixels, height_px: int, width_px: int) -> float:
    """Variance of the Laplacian of an image's grey values, once it has the given size.

    Small where nothing is in focus.

    Images of different resolution are compared at one size, the one at which the model sees them.
    """
    grey = (
        Image.fromarray(pixels)
        .convert("L")
        .resize((width_px, height_px), Image.Resampling.BILINEAR)
    )
    return float(ndimage.laplace(np.asarray(grey, dtype=np.float64), mode="nearest").var())


def sharpness_bands(variances: NDArray[np.float64], training: NDArray[np.int64]) -> list[str]:
    """Name each image's third, by the thirds of the images at the indices `training`."""
    cuts = np.quantile(variances[training], [1.0 / 3.0, 2.0 / 3.0])
    return [_BANDS[third] for third in np.searchsorted(cuts, variances, side="right")]
