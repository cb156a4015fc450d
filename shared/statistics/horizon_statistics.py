"""The metrics of `Horizon` as functions of entity weights.

They sum by entity what `Horizon.metrics` sums over rows; the formulas stand in `shared.targets`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import Statistic, entity_sums
from shared.statistics.intervals import Measure
from shared.statistics.means import mean_statistic
from shared.targets.horizon import Horizon
from shared.targets.observed import observed_means
from shared.targets.predictions import Predictions
from shared.targets.ratios import ratio_of_sums, share_avoided

__all__ = [
    "coverage_statistic",
    "horizon_statistics",
    "skill_statistic",
    "step_skill_statistic",
    "step_statistics",
    "width_statistic",
]

_Values = Callable[[Predictions], NDArray[np.float64]]


def horizon_statistics(
    target: Horizon, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> list[Statistic]:
    """All metrics that `target.describe()` names.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, each row with at least one observed value.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.
    """
    errors = target.row_errors(predictions)
    measures = [Measure.of_metric(name, target.describe(), num_entities) for name in errors]
    statistics = [
        mean_statistic(measures, np.stack(list(errors.values()), axis=1), codes, num_entities),
        skill_statistic(
            target, predictions, target.seasonal_naive(predictions), codes, num_entities
        ),
    ]
    if target.quantiles:
        statistics.append(_quantile_loss_statistic(target, predictions, codes, num_entities))
    if target.nominal_coverage is not None:
        statistics.append(
            _coverage_error_statistic(
                target, target.nominal_coverage, predictions, codes, num_entities
            )
        )
    return statistics


def width_statistic(
    target: Horizon, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    """`interval_width`: the mean distance of the outer quantiles (σ), each row counting the same.

    Of two forecasts with their nominal coverage, the narrower knows more (Gneiting, Balabdaoui &
    Raftery 2007). It is no metric of its own: a forecast without width would be the best.
    """
    widths = observed_means(target.interval_widths, predictions, axes=(1, 2))
    return mean_statistic(
        [Measure("interval_width", num_entities)], widths[:, None], codes, num_entities
    )


def coverage_statistic(
    target: Horizon, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    """`coverage`: the share of values inside the outer quantiles, each row counting the same."""
    measure = Measure("coverage", num_entities, 0.0, 1.0)
    return mean_statistic(
        [measure], _row_coverage(target, predictions)[:, None], codes, num_entities
    )


def step_statistics(
    target: Horizon, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> list[Statistic]:
    """Numbers of each step, named `<number>:<step>`, one statistic for each number.

    Steps count from 1.

    `mae_standardised`; with quantiles `pinball` and `crps`; with at least two of them `coverage`,
    `interval_width` and `interval_score`.
    """
    numbers: dict[str, _Values] = {
        "mae_standardised": lambda rows: np.abs(target.standardised_residuals(rows))
    }
    if target.quantiles:
        numbers["pinball"] = target.pinball_losses
        numbers["crps"] = lambda rows: 2.0 * target.pinball_losses(rows)
    if target.nominal_coverage is not None:
        numbers["coverage"] = target.covered
        numbers["interval_width"] = target.interval_widths
        numbers["interval_score"] = target.interval_scores
    statistics = []
    for name, values_of in numbers.items():
        highest = 1.0 if name == "coverage" else math.inf
        measures = [
            Measure(f"{name}:{step}", num_entities, 0.0, highest)
            for step in range(1, target.steps + 1)
        ]
        means = observed_means(values_of, predictions, axes=(2,))
        statistics.append(mean_statistic(measures, means, codes, num_entities))
    return statistics


def skill_statistic(
    target: Horizon,
    predictions: Predictions,
    baseline: Predictions,
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    """`skill`: the share of a baseline's squared error that is avoided (Murphy 1988).

    Over all steps, standardised, in (-inf, 1].
    """
    ours, theirs = (
        observed_means(target.squares, each, axes=(1, 2))[:, None]
        for each in (predictions, baseline)
    )
    return _share_avoided(["skill"], ours, theirs, codes, num_entities)


def step_skill_statistic(
    target: Horizon,
    predictions: Predictions,
    baseline: Predictions,
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    """`skill:<step>`: the share of a baseline's squared error at that step that is avoided.

    Steps count from 1.
    """
    ours, theirs = (
        observed_means(target.squares, each, axes=(2,)) for each in (predictions, baseline)
    )
    return _share_avoided(
        [f"skill:{step}" for step in range(1, target.steps + 1)], ours, theirs, codes, num_entities
    )


def _share_avoided(
    names: list[str],
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    """One minus the ratio of mean errors (n, numbers), NaN where there is none."""
    means = [
        mean_statistic([Measure(name, num_entities) for name in names], errors, codes, num_entities)
        for errors in (ours, theirs)
    ]

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        error, reference = (mean.evaluate(weights) for mean in means)
        return share_avoided(error, reference)

    return Statistic(tuple(Measure(name, num_entities, -np.inf, 1.0) for name in names), evaluate)


def _quantile_loss_statistic(
    target: Horizon, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    parts = target.quantile_loss_sums(predictions)
    cells = np.tile(np.arange(2), len(codes))
    sums = entity_sums(np.repeat(codes, 2), num_entities, cells, parts.reshape(-1), 2)

    return Statistic(
        (Measure("wql", num_entities),), lambda weights: ratio_of_sums(sums @ weights)[None]
    )


def _coverage_error_statistic(
    target: Horizon,
    nominal: float,
    predictions: Predictions,
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    coverage = coverage_statistic(target, predictions, codes, num_entities)
    measure = Measure("coverage_error", num_entities, 0.0, 1.0)
    return Statistic(
        (measure,), lambda weights: coverage.evaluate(weights) - nominal, form="distance"
    )


def _row_coverage(target: Horizon, predictions: Predictions) -> NDArray[np.float64]:
    return observed_means(target.covered, predictions, axes=(1, 2))
