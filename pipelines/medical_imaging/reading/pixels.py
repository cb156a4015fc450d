"""Images as arrays: what they are called, their shades of grey, and the error if there are none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["IMAGE", "IMAGE_BYTES", "UnreadableImageError", "stretch"]

IMAGE_BYTES = "image_bytes"
"""Wire name: (batch,) bytes of a JPEG, PNG, GIF or BMP file."""

IMAGE = "image"
"""Row and tensor name: (batch, height, width, 3) uint8 sRGB."""


class UnreadableImageError(ValueError):
    """One image can't be used; the message says why in half a sentence.

    Callers turn it into a `Problem`.
    """


def stretch(values: NDArray[Any], *, low: float, high: float) -> NDArray[np.uint8]:
    """Map `low` to 0 and `high` to 255, linearly; what lies beyond becomes black or white.

    Args:
        values: Any shape, integers or floats.
        low: Value that becomes black.
        high: Value that becomes white; below `low` the scale is inverted.

    Raises:
        UnreadableImageError: The range is empty, or a value is not a finite number.
    """
    if not (np.isfinite(low) and np.isfinite(high)) or low == high:
        raise UnreadableImageError("its range of grey values is empty")
    shares = (np.asarray(values, dtype=np.float64) - low) / (high - low)
    if not np.isfinite(shares).all():
        raise UnreadableImageError("it holds values that are NaN or infinite")
    return np.rint(np.clip(shares, 0.0, 1.0) * 255.0).astype(np.uint8)
