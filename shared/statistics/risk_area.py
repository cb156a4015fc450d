"""How well confidence ranks errors last.

The area under the curve of errors against the share of rows that are answered.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import Statistic
from shared.statistics.intervals import Measure

__all__ = ["risk_area_statistic"]


def risk_area_statistic(
    name: str,
    confidence: NDArray[np.float64],
    errors: NDArray[np.float64],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    """The mean, over all coverages, of the error share among the rows of highest confidence (Geifman, Uziel & El-Yaniv 2019, section 2).

    Args:
        name: Of the number.
        confidence: (n,) float64; rows of equal confidence are answered in their given order.
        errors: (n,) float64 in [0, 1].
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    order = np.argsort(-confidence, kind="stable")
    ordered_errors, ordered_codes = errors[order][:, None], codes[order]

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = weights[ordered_codes]  # (n, resamples)
        answered, wrong = np.cumsum(rows, axis=0), np.cumsum(rows * ordered_errors, axis=0)
        risks = np.divide(wrong, answered, out=np.zeros_like(wrong), where=answered > 0)
        return np.asarray(np.einsum("nr,nr->r", rows, risks)[None] / answered[-1])

    return Statistic((Measure(name, num_entities, 0.0, 1.0),), evaluate)
