"""Changes of images through which slopes flow: colour, place, a hole (Zhao et al. 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

__all__ = ["Augmentation", "augment", "drawn_augmentation"]

Augmentation = Mapping[str, NDArray[Any]]
"""What happens to each image of a batch."""

_COLOURS = {"brightness": (-0.5, 0.5), "saturation": (0.0, 2.0), "contrast": (0.5, 1.5)}
_FARTHEST = 0.125  # of a side
_HOLE = 0.5  # of a side


def drawn_augmentation(
    count: int, height: int, width: int, generator: np.random.Generator
) -> Augmentation:
    """One change of each of `count` images."""
    sides = np.array([height, width])
    farthest = np.rint(_FARTHEST * sides).astype(np.int64)
    shift = generator.integers(-farthest, farthest + 1, (count, 2))
    centre = generator.integers(0, sides, (count, 2))
    shape = (count, 1, 1, 1)
    colours = {
        name: generator.uniform(low, high, shape).astype(np.float32)
        for name, (low, high) in _COLOURS.items()
    }
    return {
        **colours,
        "rows": _moved(height, shift[:, 0]),
        "columns": _moved(width, shift[:, 1]),
        "kept": _kept(sides, centre),
    }


def augment(images: Any, drawn: Augmentation) -> Any:
    """(batch, height, width, 3) -> the same, changed; what comes in from beside is 0."""
    images = images + drawn["brightness"]
    grey = tf.reduce_mean(images, axis=3, keepdims=True)
    images = (images - grey) * drawn["saturation"] + grey
    middle = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    images = (images - middle) * drawn["contrast"] + middle
    images = tf.einsum("nhwc,nih,njw->nijc", images, drawn["rows"], drawn["columns"])
    return images * drawn["kept"]


def _moved(size: int, shift: NDArray[np.int64]) -> NDArray[np.float32]:
    """(batch, size, size): 1 where a line of the result is a line of the image."""
    places = np.arange(size)
    wanted = places[None, :] - shift[:, None]  # (batch, size)
    return np.asarray(wanted[:, :, None] == places, np.float32)


def _kept(sides: NDArray[np.int64], centre: NDArray[np.int64]) -> NDArray[np.float32]:
    """(batch, height, width, 1): 0 in the hole."""
    half = _HOLE * sides / 2.0
    inside = [
        np.abs(np.arange(side)[None, :] - centre[:, [axis]]) < half[axis]
        for axis, side in enumerate(sides.tolist())
    ]
    hole = inside[0][:, :, None] & inside[1][:, None, :]
    return np.asarray(~hole, np.float32)[..., None]
