"""A share of rows with an interval that knows how many entities stand behind it, without any resampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.statistics.intervals import Interval, wilson_interval

__all__ = ["clustered_share"]


def clustered_share(
    hits: NDArray[np.float64], codes: NDArray[np.int64], confidence: float
) -> Interval | None:
    """Wilson's interval of the mean of `hits`, with the design effect of its entities.

    None for fewer than two of them.

    The variance is that of a ratio of entity totals (linearised; Kish 1965, eq. 6.3.4), the
    effective number of rows the one that would give this variance without clusters. Where all rows
    agree there is no variance to see, and entities count instead of rows.

    Args:
        hits: (n,) float64: 1 or 0.
        codes: (n,) int64 entity of each row.
        confidence: Level, in (0, 1).
    """
    entities = np.unique(codes, return_inverse=True)[1].reshape(-1)
    num_rows, num_entities = len(hits), int(entities.max(initial=-1)) + 1
    if num_entities < 2:
        return None
    share = float(hits.mean())
    residuals = np.bincount(entities, weights=hits - share)
    variance = float((residuals**2).sum()) / num_rows**2 * num_entities / (num_entities - 1)
    effective = (
        share * (1.0 - share) / variance
        if variance > 0.0 and 0.0 < share < 1.0
        else float(num_entities)
    )
    return wilson_interval(share, min(effective, float(num_rows)), confidence)
