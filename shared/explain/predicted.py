"""What is predicted of a row, and what was true, in one word or one number."""

from __future__ import annotations

from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Scores

__all__ = ["describe_prediction", "describe_truth"]


def describe_prediction(target: Target, scores: Scores) -> str | float:
    """The predicted class, or the mean forecast over steps and channels.

    Args:
        target: What is predicted.
        scores: (1, *target.shape), of one row.
    """
    match target:
        case Categories():
            return target.names[int(target.decide(scores)[0])]
        case Horizon():
            return float(target.decide(scores).mean(dtype=np.float64))
        case _:
            assert_never(target)


def describe_truth(target: Target, value: NDArray[Any]) -> str | float | None:
    """The true class, or the mean of the observed targets (None if none was observed)."""
    match target:
        case Categories():
            return target.names[int(value)]
        case Horizon():
            return float(np.nanmean(value, dtype=np.float64)) if np.isfinite(value).any() else None
        case _:
            assert_never(target)
