"""Means of what was measured: targets of series have gaps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shared.targets.predictions import Predictions

__all__ = ["observed_mean", "observed_means"]


def observed_means(
    values_of: Callable[[Predictions], NDArray[np.float64]],
    predictions: Predictions,
    axes: tuple[int, ...],
) -> NDArray[np.float64]:
    """`observed_mean` of what follows from predictions row by row, part by part.

    Args:
        values_of: Predictions -> (n, steps, channels).
        predictions: Of all rows.
        axes: Of the means; not the rows'.
    """
    return np.concatenate(
        [
            observed_mean(values_of(part), np.isfinite(part.targets), axes)
            for part in predictions.parts()
        ]
    )


def observed_mean(
    values: NDArray[np.float64], observed: NDArray[np.bool_], axes: tuple[int, ...]
) -> NDArray[np.float64]:
    """Mean of the observed values along `axes`; NaN where none is.

    A value that is NaN though observed stays visible as NaN.
    """
    counts = observed.sum(axis=axes)
    totals = np.where(observed, values, 0.0).sum(axis=axes)
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)
