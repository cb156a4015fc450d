"""Ratios of forecasts: which of them are undefined, and must not enter an average."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.targets.predictions import Predictions, Scores

__all__ = [
    "NEGLIGIBLE",
    "mean_of_defined",
    "ratio_of_sums",
    "share_avoided",
    "symmetric",
    "undefined_values",
]

NEGLIGIBLE = 1e-6
"""In standard deviations of a series: a denominator of this size is what rounding leaves of 0, and
a ratio to it is undefined. Numbers that were once stored in float32 are off by 6e-8 of their size,
and a real error of this size would be one standard deviation, once in a million steps."""


def undefined_values(forecast: Scores, predictions: Predictions) -> dict[str, NDArray[np.bool_]]:
    """Ratio -> which observed values have none, (n, steps, channels).

    `mase` and `rmsse` where the series has no naive error to be divided by; `smape` where forecast
    and truth are both 0. No constant stands in for the denominator: a mean of ratios would be made
    of it.

    Args:
        forecast: (n, steps, channels), original units.
        predictions: The truth and its context.
    """
    context = predictions.forecast_context
    observed = np.isfinite(predictions.targets)
    unknown = observed & np.isnan(context.naive_error)[:, None, :]
    size = np.abs(forecast) + np.abs(predictions.targets)
    is_zero = observed & (size <= NEGLIGIBLE * context.scale[:, None, :])
    return {"mase": unknown, "rmsse": unknown, "smape": is_zero}


def symmetric(forecast: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """|forecast − truth| over their mean size, in percent; NaN where both are 0."""
    size = np.abs(forecast) + np.abs(truth)
    return 200.0 * np.abs(forecast - truth) / np.where(size == 0.0, np.nan, size)


def share_avoided(
    error: NDArray[np.float64], reference: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Skill: 1 - error / reference (Murphy 1988), in (-inf, 1].

    NaN where the reference is what rounding leaves of 0.

    Args:
        error: Mean squared errors, standardised; any shape.
        reference: Those of a baseline.
    """
    defined = reference > NEGLIGIBLE**2
    return np.where(defined, 1.0 - error / np.where(defined, reference, 1.0), np.nan)


def ratio_of_sums(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first over the second along the first axis, (2, …); NaN where the second is 0."""
    numerator, denominator = sums
    defined = denominator > 0.0
    return np.where(defined, numerator / np.where(defined, denominator, 1.0), np.nan)


def mean_of_defined(values: NDArray[np.float64]) -> float:
    """The mean of what is not NaN; NaN if nothing is left."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
