"""Equality of arrays and named rows, NaN and strings included."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows

__all__ = ["equal_arrays", "equal_rows", "largest_difference"]


def equal_arrays(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Same shape, same dtype kind, same values; NaN equals NaN."""
    first, second = np.asarray(first), np.asarray(second)
    if first.shape != second.shape or first.dtype.kind != second.dtype.kind:
        return False
    return bool(np.array_equal(first, second, equal_nan=first.dtype.kind == "f"))


def equal_rows(first: Rows, second: Rows) -> bool:
    """Same names, equal arrays."""
    return first.keys() == second.keys() and all(
        equal_arrays(first[name], second[name]) for name in first
    )


def largest_difference(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Largest absolute difference over the largest magnitude (at least 1).

    Infinite for unequal shapes or unequal non-numbers.
    """
    if first.shape != second.shape:
        return float("inf")
    if first.dtype.kind not in "fiub":
        return 0.0 if equal_arrays(first, second) else float("inf")
    if first.size == 0:
        return 0.0
    difference = np.abs(first.astype(np.float64) - second.astype(np.float64)).max()
    return float(difference / max(1.0, np.abs(first.astype(np.float64)).max()))
