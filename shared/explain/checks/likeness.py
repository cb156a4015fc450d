"""How alike two attributions of one row are: in their order, and in their signs. Plain NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

__all__ = ["rank_correlation", "sign_flips"]

_FEWEST_SEGMENTS = 3
"""Two are in the same order or the opposite one, which says next to nothing."""
_ROUNDING = 1e-5
"""Of the strongest value: of scores in float32, which have seven digits, two are left for it."""
_READ_SHARE = 0.1
"""Of the strongest value: what is weaker is hardly coloured, and its sign is not read."""


def rank_correlation(
    first: NDArray[np.float64], second: NDArray[np.float64], visible: NDArray[np.bool_]
) -> float:
    """Spearman's ρ over visible segments, in [-1, 1]; NaN where there is no order to compare.

    Args:
        first: (segments,) float64.
        second: Likewise, of the same segments.
        visible: (segments,) bool.
    """
    ours = _without_rounding(first[visible])
    theirs = _without_rounding(second[visible])
    if len(ours) < _FEWEST_SEGMENTS or np.ptp(ours) == 0.0 or np.ptp(theirs) == 0.0:
        return float("nan")
    return float(spearmanr(ours, theirs).statistic)


def _without_rounding(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 where nothing but rounding is left: it has an order, but no meaning."""
    sizes = np.abs(values)
    return np.where(sizes > _ROUNDING * sizes.max(initial=0.0), values, 0.0)


def sign_flips(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Share of the segments that a reader looks at in `first` whose sign is another in `second`.

    NaN where nothing contributes.
    """
    sizes = np.abs(first)
    is_read = sizes > _READ_SHARE * float(sizes.max(initial=0.0))
    if not is_read.any():
        return float("nan")
    return float((np.sign(first[is_read]) != np.sign(second[is_read])).mean())
