"""Images out of focus, and shaken while they were taken."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from pipelines.medical_imaging.reading.measurements.colour import Pixels, to_pixels

__all__ = ["defocus", "shake"]

Kernels = NDArray[np.floating[Any]]

_GRID = np.linspace(-1.0, 1.0, 41)
_DISK = np.stack(
    [axis[np.hypot(*np.meshgrid(_GRID, _GRID)) <= 1.0] for axis in np.meshgrid(_GRID, _GRID)],
    axis=-1,
)  # (points, 2)


def defocus(images: Pixels, radius: float, generator: np.random.Generator) -> Pixels:
    """Spread each point over a disk, as an open aperture does out of focus.

    As in ImageNet-C (Hendrycks & Dietterich 2019).

    Args:
        images: (n, height, width, 3).
        radius: Of the disk, as a share of the shorter side.
        generator: Not needed.
    """
    del generator
    return _convolve(images, _kernels(radius * min(images.shape[1:3]) * _DISK[None]))


def shake(images: Pixels, length: float, generator: np.random.Generator) -> Pixels:
    """Spread each point along a straight line, in a direction of each image's own.

    Args:
        images: (n, height, width, 3).
        length: Of the line, as a share of the shorter side.
        generator: Draws the directions.
    """
    angle = generator.uniform(0.0, np.pi, size=len(images))
    ends = length * min(images.shape[1:3]) / 2.0 * np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    return _convolve(images, _kernels(_GRID[:, None] * ends[:, None, :]))


def _kernels(offsets: NDArray[np.float64]) -> Kernels:
    """Weights of the pixels around a point that moves, evenly, to all offsets.

    Between pixels an image is read bilinearly.

    Args:
        offsets: (m, points, 2): pixels down and right.

    Returns:
        (m, rows, columns), odd, with sum 1.
    """
    reach = int(np.ceil(np.abs(offsets).max()))
    places = np.arange(-reach, reach + 1)
    down, right = (
        np.clip(1.0 - np.abs(places - offsets[..., axis, None]), 0.0, None) for axis in (0, 1)
    )  # (m, points, places)
    return np.asarray(np.einsum("mpi,mpj->mij", down, right) / offsets.shape[1])


def _convolve(images: Pixels, kernels: Kernels) -> Pixels:
    """Convolve with one kernel for all, or one each; the image's edge goes on beyond it."""
    reach = kernels.shape[1] // 2
    padded = np.pad(
        images.astype(np.float32), ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge"
    )
    return to_pixels(
        signal.fftconvolve(padded, kernels[..., None].astype(np.float32), mode="valid", axes=(1, 2))
    )
