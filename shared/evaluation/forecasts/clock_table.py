"""Error and coverage by the hour of the day that is forecast.

The groups of a forecast go by the moment at which it starts; a forecast of days covers every hour,
whenever it starts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

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
    codes, num_entities = entity_codes(predictions.entities)
    numbers: dict[str, Callable[[Predictions], NDArray[np.float64]]] = {
        "mae_standardised": lambda rows: np.abs(target.standardised_residuals(rows))
    }
    if target.nominal_coverage is not None:
        numbers["coverage"] = target.covered
    statistics = []
    for name, values_of in numbers.items():
        highest = 1.0 if name == "coverage" else math.inf
        measures = [Measure(f"{name}:{hour}", num_entities, 0.0, highest) for hour in range(_HOURS)]
        parts = [_means_by_hour(target, values_of(part), part) for part in predictions.parts()]
        statistics.append(mean_statistic(measures, np.concatenate(parts), codes, num_entities))
    counts = sum(_observed_by_hour(target, part).sum(axis=0) for part in predictions.parts())
    found = estimates(statistics, num_entities, resampling)
    return tuple(
        HourEntry(
            hour=hour,
            n=int(np.asarray(counts)[hour]),
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
    target: Horizon, values: NDArray[np.float64], predictions: Predictions
) -> NDArray[np.float64]:
    """(n, 24): the mean of each row's observed values in an hour; NaN where it has none."""
    observed = np.isfinite(predictions.targets)
    totals = _sums_by_hour(target, np.where(observed, values, 0.0), predictions)
    counts = _observed_by_hour(target, predictions)
    return np.where(counts > 0, totals / np.maximum(counts, 1.0), np.nan)


def _observed_by_hour(target: Horizon, predictions: Predictions) -> NDArray[np.float64]:
    """(n, 24): how many values of each row were observed in an hour."""
    return _sums_by_hour(target, np.isfinite(predictions.targets), predictions)


def _sums_by_hour(
    target: Horizon, values: NDArray[Any], predictions: Predictions
) -> NDArray[np.float64]:
    cells = np.arange(len(values))[:, None] * _HOURS + _hours(target, predictions)  # (n, steps)
    over_channels = values.sum(axis=2).ravel()
    sums = np.bincount(cells.ravel(), over_channels, minlength=len(values) * _HOURS)
    return np.asarray(sums.reshape(-1, _HOURS))
