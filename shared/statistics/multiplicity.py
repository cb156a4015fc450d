"""Several tests at once: the more one looks, the more one finds by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

__all__ = ["benjamini_hochberg", "holm"]


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values so that the chance of any false finding stays below the level (Holm 1979).

    Args:
        p_values: (tests,) float64 in [0, 1].

    Returns:
        (tests,) float64: compare each with the level as if it were the only test.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
        [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p_values[order] * factors))
    return adjusted


def benjamini_hochberg(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values so that the expected share of false findings among all findings stays below the level (1995).

    Weaker than `holm`, and meant for looking around; verdicts rest on Holm's.

    Args:
        p_values: (tests,) float64 in [0, 1]; independent, or positively dependent.

    Returns:
        (tests,) float64: compare each with the level.

    Example:
        >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).tolist()
        [0.03, 0.04, 0.04]
    """
    return (
        np.asarray(false_discovery_control(p_values, method="bh"), dtype=np.float64)
        if len(p_values)
        else np.empty(0)
    )
