"""The metrics of `Horizon` as functions of entity weights; the values on all rows equal `Horizon.metrics`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.bootstrap import Statistic, entity_sums
from shared.evaluation.intervals import Measure
from shared.evaluation.means import mean_statistic
from shared.predictions import Predictions
from shared.targets.horizon import Horizon, observed_mean

__all__ = ["coverage_statistic", "horizon_statistics", "skill_statistic", "step_statistic"]

_LARGEST = {"smape": 200.0}


def horizon_statistics(target: Horizon, predictions: Predictions, codes: NDArray[np.int64], num_entities: int) -> list[Statistic]:
    """All metrics that `target.describe()` names.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, each row with at least one observed value.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    errors = target.row_errors(predictions)
    measures = [Measure(name, num_entities, 0.0, _LARGEST.get(name, np.inf)) for name in errors]
    statistics = [
        mean_statistic(measures, np.stack(list(errors.values()), axis=1), codes, num_entities),
        skill_statistic("skill", target, predictions, target.seasonal_naive(predictions), codes, num_entities),
    ]
    if target.quantiles:
        statistics.append(_quantile_loss_statistic(target, predictions, codes, num_entities))
    if target.nominal_coverage is not None:
        statistics.append(_coverage_error_statistic(target, target.nominal_coverage, predictions, codes, num_entities))
        widths = observed_mean(target.interval_widths(predictions), np.isfinite(predictions.targets), axes=(1, 2))
        statistics.append(mean_statistic([Measure("interval_width", num_entities)], widths[:, None], codes, num_entities))
    return statistics


def coverage_statistic(target: Horizon, predictions: Predictions, codes: NDArray[np.int64], num_entities: int) -> Statistic:
    """`coverage`: the share of observed values inside the outer quantiles, each row counting the same."""
    measure = Measure("coverage", num_entities, 0.0, 1.0)
    return mean_statistic([measure], _row_coverage(target, predictions)[:, None], codes, num_entities)


def step_statistic(target: Horizon, predictions: Predictions, codes: NDArray[np.int64], num_entities: int) -> Statistic:
    """Each step's standardised absolute error as `mae_standardised:<step>`, then `coverage:` and `interval_width:`; steps count from 1."""
    observed = np.isfinite(predictions.targets)
    columns = [observed_mean(np.abs(target.standardised_residuals(predictions)), observed, axes=(2,))]
    measures = [Measure(f"mae_standardised:{step + 1}", num_entities) for step in range(target.steps)]
    if target.nominal_coverage is not None:
        columns.append(observed_mean(target.covered(predictions), observed, axes=(2,)))
        measures += [Measure(f"coverage:{step + 1}", num_entities, 0.0, 1.0) for step in range(target.steps)]
        columns.append(observed_mean(target.interval_widths(predictions), observed, axes=(2,)))
        measures += [Measure(f"interval_width:{step + 1}", num_entities) for step in range(target.steps)]
    return mean_statistic(measures, np.hstack(columns), codes, num_entities)


def skill_statistic(
    name: str, target: Horizon, predictions: Predictions, reference: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    """The share of a reference's standardised squared error that is avoided, in (-inf, 1] (Murphy 1988).

    Args:
        name: Of the number.
        target: The kind of target.
        predictions: Finite scores beside the truth.
        reference: The same rows, as another model scores them.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    errors = [target.row_errors(scored)["mse_standardised"] for scored in (predictions, reference)]
    means = mean_statistic([Measure(side, num_entities) for side in ("ours", "theirs")], np.stack(errors, axis=1), codes, num_entities)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        error, reference = means.evaluate(weights)
        return np.where(reference > 0, 1.0 - error / np.where(reference > 0, reference, 1.0), np.nan)[None]

    return Statistic((Measure(name, num_entities, -np.inf, 1.0),), evaluate)


def _quantile_loss_statistic(target: Horizon, predictions: Predictions, codes: NDArray[np.int64], num_entities: int) -> Statistic:
    parts = target.quantile_loss_sums(predictions)
    cells = np.tile(np.arange(2), len(codes))
    sums = entity_sums(np.repeat(codes, 2), num_entities, cells, parts.reshape(-1), 2)

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        loss, size = sums @ weights
        return np.where(size > 0, loss / np.where(size > 0, size, 1.0), np.nan)[None]

    return Statistic((Measure("wql", num_entities),), evaluate)


def _coverage_error_statistic(
    target: Horizon, nominal: float, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    coverage = coverage_statistic(target, predictions, codes, num_entities)
    measure = Measure("coverage_error", num_entities, 0.0, 1.0)
    return Statistic((measure,), lambda weights: coverage.evaluate(weights) - nominal, form="distance")


def _row_coverage(target: Horizon, predictions: Predictions) -> NDArray[np.float64]:
    return observed_mean(target.covered(predictions), np.isfinite(predictions.targets), axes=(1, 2))
