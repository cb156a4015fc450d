"""What may happen to the values beside an image: that nobody gives them."""

from __future__ import annotations

import numpy as np

from shared.contract import Rows
from shared.loading.columns.values import TABULAR

__all__ = ["forget_values"]

_SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Not given at severity 1 to 5."""


def forget_values(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    """Rows in which each value is not given, with the probability of the severity."""
    texts = rows[TABULAR]
    is_forgotten = generator.random(texts.shape) < _SHARES[severity - 1]
    return {**rows, TABULAR: np.where(is_forgotten, b"", texts)}
