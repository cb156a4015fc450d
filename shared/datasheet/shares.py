"""Shares of examples with intervals that know that examples of one entity resemble each other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

__all__ = ["CONFIDENCE", "describe_share"]

CONFIDENCE = 0.95
"""Level of every interval of a datasheet."""


def describe_share(chosen: NDArray[np.bool_], entities: NDArray[np.int64]) -> dict[str, Any]:
    """How many of some examples have a property: count, share and its interval.

    The interval is Wilson's (1927) at the number of rows divided by the design effect (Dean &
    Pagendam 2015, section 2); the variance of the share is linearised over entities (Cochran 1977,
    eq. 11.4), so that forty images of one patient do not count as forty patients.

    Args:
        chosen: (n,) bool: which examples have it.
        entities: (n,) int64 codes of their entities.

    Returns:
        `n`, `share`, `ci_low`, `ci_high`; the last three None without examples.
    """
    if len(chosen) == 0:
        return {"n": 0, "share": None, "ci_low": None, "ci_high": None}
    share = float(chosen.mean())
    low, high = _wilson(share, _effective_size(chosen.astype(np.float64), entities))
    return {"n": int(chosen.sum()), "share": share, "ci_low": low, "ci_high": high}


def _effective_size(chosen: NDArray[np.float64], entities: NDArray[np.int64]) -> float:
    """So many independent rows would tell as much, from 1 to the number of rows."""
    num_rows, share = len(chosen), chosen.mean()
    _, codes = np.unique(entities, return_inverse=True)
    sizes, hits = np.bincount(codes), np.bincount(codes, weights=chosen)
    num_entities = len(sizes)
    if num_entities == num_rows:
        return float(num_rows)
    if num_entities == 1:
        return 1.0
    spread = float(((hits - share * sizes) ** 2).sum()) * num_entities / (num_entities - 1)
    # All entities alike: either nobody has the property, or all have it to the same degree.
    # Entities are then what was seen.
    effective = share * (1.0 - share) * num_rows**2 / spread if spread > 0 else float(num_entities)
    return float(np.clip(effective, 1.0, num_rows))


def _wilson(share: float, size: float) -> tuple[float, float]:
    z = float(norm.ppf(0.5 + CONFIDENCE / 2.0))
    centre = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z / (1 + z**2 / size) * math.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
