"""Values of more than 8 bits as shades of grey."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.medical_imaging.reading.unreadable import UnreadableImageError

__all__ = ["stretch"]


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
