"""Error and coverage by the hour of the day that is forecast.

The groups of a forecast go by the moment at which it starts; a forecast of days covers every hour,
whenever it starts.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.metrics.forecast_entries import HourEntry
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Measure
from shared.statistics.means import mean_statistic
from shared.targets.horizon import Horizon
from shared.targets.predictions import Predictions

__all__ = ["clock_table"]

_HOUR_SECONDS = 3600
_HOURS = 24


def clock_table(
    target: Horizon, predictions: Predictions, resampling: Resampling
) -> tuple[HourEntry, ...]:
    """One entry for each hour of the day, by the stamps as they are; none for steps of a day.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, each row with at least one observed value.
        resampling: Of entities.
    """
    if target.step_seconds >= _HOUR_SECONDS * _HOURS:
        return ()
    hours = _hours(target, predictions)
    observed = np.isfinite(predictions.targets)
    codes, num_entities = entity_codes(predictions.entities)
    numbers = {"mae_standardised": np.abs(target.standardised_residuals(predictions))}
    if target.nominal_coverage is not None:
        numbers["coverage"] = target.covered(predictions)
    statistics = []
    for name, values in numbers.items():
        highest = 1.0 if name == "coverage" else math.inf
        measures = [Measure(f"{name}:{hour}", num_entities, 0.0, highest) for hour in range(_HOURS)]
        means = _means_by_hour(values, observed, hours)
        statistics.append(mean_statistic(measures, means, codes, num_entities))
    found = estimates(statistics, num_entities, resampling)
    return tuple(
        HourEntry(
            hour=hour,
            n=int((observed & (hours[..., None] == hour)).sum()),
            mae_standardised=found[f"mae_standardised:{hour}"],
            coverage=found.get(f"coverage:{hour}"),
        )
        for hour in range(_HOURS)
    )


def _hours(target: Horizon, predictions: Predictions) -> NDArray[np.int64]:
    """The hour of the day of each value, (n, steps)."""
    starts = predictions.forecast_context.starts.astype("datetime64[s]").astype(np.int64)
    moments = starts[:, None] + target.step_seconds * np.arange(target.steps)
    return np.asarray(moments // _HOUR_SECONDS % _HOURS)


def _means_by_hour(
    values: NDArray[np.float64], observed: NDArray[np.bool_], hours: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n, 24): the mean of each row's observed values in an hour; NaN where it has none."""
    cells = np.arange(len(values))[:, None] * _HOURS + hours  # (n, steps)
    totals = np.where(observed, values, 0.0).sum(axis=2)  # over channels
    counts = observed.sum(axis=2).astype(np.float64)
    total_of, count_of = (
        np.bincount(cells.ravel(), weights=part.ravel(), minlength=len(values) * _HOURS)
        for part in (totals, counts)
    )
    means = np.where(count_of > 0, total_of / np.maximum(count_of, 1.0), np.nan)
    return means.reshape(-1, _HOURS)
