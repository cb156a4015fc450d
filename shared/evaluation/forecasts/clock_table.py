"""Error and coverage by the hour of the day that is forecast.

The groups of a forecast go by the moment at which it starts; a forecast of days covers every hour,
whenever it starts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.errors import ContractError
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Measure
from shared.statistics.means import mean_statistic
from shared.statistics.number import estimate_fields
from shared.targets.horizon import Horizon
from shared.targets.predictions import Predictions

__all__ = ["clock_table"]

_HOUR_SECONDS, _HOURS = 3600, 24


def clock_table(
    target: Horizon, predictions: Predictions, resampling: Resampling
) -> list[dict[str, Any]]:
    """One entry for each hour of the day, by the stamps as they are.

    `hour`, `n` (values), `mae_standardised`, `coverage`.

    Empty for steps of a day or longer; `coverage` is null without an interval.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, each row with at least one observed value.
        resampling: Of entities.
    """
    if target.step_seconds >= _HOUR_SECONDS * _HOURS:
        return []
    hours, observed = _hours(target, predictions), np.isfinite(predictions.targets)
    numbers = {"mae_standardised": np.abs(target.standardised_residuals(predictions))}
    if target.nominal_coverage is not None:
        numbers["coverage"] = target.covered(predictions)
    codes, num_entities = entity_codes(predictions.entities)
    statistics = [
        mean_statistic(
            [
                Measure(f"{name}:{hour}", num_entities, 0.0, 1.0 if name == "coverage" else np.inf)
                for hour in range(_HOURS)
            ],
            _means_by_hour(values, observed, hours),
            codes,
            num_entities,
        )
        for name, values in numbers.items()
    ]
    found = estimates(statistics, num_entities, resampling)
    return [
        {"hour": hour, "n": int((observed & (hours[..., None] == hour)).sum())}
        | {
            name: estimate_fields(found[f"{name}:{hour}"]) if name in numbers else None
            for name in ("mae_standardised", "coverage")
        }
        for hour in range(_HOURS)
    ]


def _hours(target: Horizon, predictions: Predictions) -> NDArray[np.int64]:
    """The hour of the day of each value, (n, steps)."""
    if predictions.forecast is None:
        raise ContractError("Forecast predictions need their ForecastContext, received none.")
    starts = predictions.forecast.starts.astype("datetime64[s]").astype(np.int64)
    moments = starts[:, None] + target.step_seconds * np.arange(target.steps)
    return np.asarray(moments // _HOUR_SECONDS % _HOURS)


def _means_by_hour(
    values: NDArray[np.float64], observed: NDArray[np.bool_], hours: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n, 24): the mean of each row's observed values in an hour; NaN where it has none."""
    cells = np.arange(len(values))[:, None] * _HOURS + hours  # (n, steps)
    size = len(values) * _HOURS
    totals = np.bincount(
        cells.ravel(), weights=np.where(observed, values, 0.0).sum(axis=2).ravel(), minlength=size
    )
    counts = np.bincount(
        cells.ravel(), weights=observed.sum(axis=2).ravel().astype(np.float64), minlength=size
    )
    return np.where(counts > 0, totals / np.maximum(counts, 1.0), np.nan).reshape(-1, _HOURS)
