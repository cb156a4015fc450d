"""Which forecasts are shown: the best, the median, the worst, and a peak that was missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.targets import Horizon
from shared.targets.predictions import Predictions

__all__ = ["ShownForecast", "choose_forecasts", "mean_errors"]

_LEAST_OBSERVED = 0.5
"""Of the steps: an error over fewer says little of the window."""


@dataclass(frozen=True)
class ShownForecast:
    """One window of one channel.

    Attributes:
        why: What it is an example of.
        row: Place of the window.
        channel: Place of the channel.
    """

    why: str
    row: int
    channel: int


def mean_errors(target: Horizon, predictions: Predictions) -> NDArray[np.float64]:
    """Mean absolute error of each window, in training standard deviations, (n, channels).

    NaN where less than half of the steps were observed.
    """
    sizes = np.abs(target.standardised_residuals(predictions))
    observed = np.isfinite(sizes)
    counts = observed.sum(axis=1)
    sums = np.where(observed, sizes, 0.0).sum(axis=1)
    means = sums / np.maximum(counts, 1)
    return np.where(counts >= _LEAST_OBSERVED * target.steps, means, np.nan)


def choose_forecasts(target: Horizon, predictions: Predictions) -> tuple[ShownForecast, ...]:
    """At most four windows, no two the same; fewer if there are fewer.

    The missed peak is the window whose largest observed value lies furthest above its interval.
    """
    errors = mean_errors(target, predictions)
    places = np.flatnonzero(np.isfinite(errors).reshape(-1))
    ranked = places[np.argsort(errors.reshape(-1)[places], kind="stable")]
    if not len(ranked):
        return ()
    chosen = {"Best": ranked[0], "Median": ranked[len(ranked) // 2], "Worst": ranked[-1]}
    peak = _missed_peak(target, predictions, {int(place) for place in chosen.values()})
    if peak is not None:
        chosen["Missed peak"] = peak
    shown: dict[int, ShownForecast] = {}
    for why, place in chosen.items():
        row, channel = divmod(int(place), errors.shape[1])
        shown.setdefault(int(place), ShownForecast(why, row, channel))
    return tuple(shown.values())


def _missed_peak(target: Horizon, predictions: Predictions, shown: set[int]) -> int | None:
    """A window that is not shown yet; None if no peak lies above its interval."""
    if target.nominal_coverage is None:
        return None
    truth = np.where(np.isfinite(predictions.targets), predictions.targets, -np.inf)
    steps = truth.argmax(axis=1)[:, None, :]
    high = target.quantile_forecasts(predictions.scores)[..., -1]
    above = np.take_along_axis(truth - high, steps, axis=1)[:, 0, :]
    sizes = (above / predictions.forecast_context.scale).reshape(-1)
    sizes[list(shown)] = -np.inf
    place = int(sizes.argmax())
    return place if sizes[place] > 0.0 else None
