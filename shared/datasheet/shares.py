"""Shares of examples with intervals that know that examples of one entity resemble each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.data.datasheet import CountedShareRecord
from shared.statistics.shares import clustered_share

__all__ = ["CONFIDENCE", "describe_share"]

CONFIDENCE = 0.95
"""Level of every interval of a datasheet."""


def describe_share(chosen: NDArray[np.bool_], entities: NDArray[np.int64]) -> CountedShareRecord:
    """How many of some examples have a property: count, share and its interval.

    The estimator is that of evaluation and fairness, so that one share has one interval.

    Args:
        chosen: (n,) bool: which examples have it.
        entities: (n,) int64 codes of their entities.

    Returns:
        Without a share if there is no example, without an interval if there is one entity.
    """
    found = clustered_share(chosen.astype(np.float64), entities, CONFIDENCE)
    return CountedShareRecord(
        n=int(chosen.sum()), share=found.value, ci_low=found.ci_low, ci_high=found.ci_high
    )
