"""Means of what was measured: targets of series have gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["observed_mean"]


def observed_mean(
    values: NDArray[np.float64], observed: NDArray[np.bool_], axes: tuple[int, ...]
) -> NDArray[np.float64]:
    """Mean of the observed values along `axes`; NaN where none is.

    A value that is NaN though observed stays visible as NaN.
    """
    counts = observed.sum(axis=axes)
    totals = np.where(observed, values, 0.0).sum(axis=axes)
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)
