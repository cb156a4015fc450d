"""The metrics of one split with their intervals, beside those of the baselines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.errors import ContractError
from shared.evaluation.undefined import undefined_by_metric
from shared.run.artefacts.metrics.metric_entries import BaselineDifference, MetricEntry, Undefined
from shared.statistics.bootstrap import (
    Draws,
    Resampling,
    Statistic,
    difference_estimates,
    draw,
    entity_codes,
    statistic_estimates,
)
from shared.statistics.category_statistics import category_statistics
from shared.statistics.horizon_statistics import horizon_statistics
from shared.statistics.intervals import Estimate, number_or_none
from shared.targets import Categories, Horizon, Target
from shared.targets.decision import MostProbable
from shared.targets.predictions import Predictions

__all__ = [
    "MeasuredSplit",
    "gives_the_same",
    "measure_split",
    "metric_entries",
    "metric_statistics",
    "observed_rows",
    "score_problem",
    "target_of_baselines",
]


@dataclass(frozen=True)
class MeasuredSplit:
    """One split's numbers.

    Attributes:
        metrics: Metric -> value and interval; also of what a metric is the mean of, such as one
            class's average precision.
        baselines: Baseline -> metric -> value, fitted ones included.
        best_baseline: Metric -> the baseline that does best on it, the strongest one measured.
        differences: Metric -> model minus best baseline, with a paired interval; empty if the model
            can't be measured.
    """

    metrics: dict[str, Estimate]
    baselines: dict[str, dict[str, float]]
    best_baseline: dict[str, str]
    differences: dict[str, Estimate]


def observed_rows(target: Target, predictions: Predictions) -> Predictions:
    """The rows with something to compare with.

    A forecast's row needs at least one observed value.
    """
    match target:
        case Categories():
            return predictions
        case Horizon():
            is_observed = np.isfinite(predictions.targets).any(axis=(1, 2))
            if is_observed.all():
                return predictions
            return predictions.take(np.flatnonzero(is_observed))
        case _:
            assert_never(target)


def score_problem(predictions: Predictions) -> str:
    """Why these scores can't be measured, as a sentence; empty if they can."""
    if len(predictions) == 0:
        return "No row has an observed target."
    finite = np.isfinite(predictions.scores).reshape(len(predictions), -1).all(axis=1)
    if finite.all():
        return ""
    first = str(predictions.ids[int(np.flatnonzero(~finite)[0])])
    return (
        f"The model gave scores that are not finite for {int((~finite).sum())} of"
        f" {len(predictions)} rows (first: id {first!r}). No metric is given, because leaving those"
        " rows out would flatter the model."
    )


def target_of_baselines(target: Target) -> Target:
    """The target as baselines decide for it: for the most probable class.

    The rule was chosen for the model, and would have a constant decide for a class that it is far
    from.
    """
    match target:
        case Categories():
            return target.deciding_by(MostProbable())
        case Horizon():
            return target
        case _:
            assert_never(target)


def gives_the_same(first: Predictions, second: Predictions) -> bool:
    """Whether two models' scores of the same rows are equal, so that nothing tells them apart."""
    return np.array_equal(first.scores, second.scores)


def metric_statistics(
    target: Target, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> list[Statistic]:
    """The statistics behind `target.metrics`."""
    match target:
        case Categories():
            return category_statistics(target, predictions, codes, num_entities)
        case Horizon():
            return horizon_statistics(target, predictions, codes, num_entities)
        case _:
            assert_never(target)


def measure_split(
    target: Target,
    predictions: Predictions,
    class_counts: Mapping[str, int] | None,
    resampling: Resampling,
    fitted: Mapping[str, Predictions] | None = None,
) -> MeasuredSplit:
    """Measure a split and compare it with the baselines, all on the same resamples of its entities.

    Args:
        target: The kind of target.
        predictions: The split, as `observed_rows` gives it.
        class_counts: Rows of each class in the training split, for the baselines; None for
            forecasts.
        resampling: Of entities.
        fitted: What the pipeline's own baselines say of the same rows, finite; they compete with
            those that need no fitting.
    """
    unknown = Estimate(value=None, note=score_problem(predictions))
    unmeasured = dict.fromkeys(target.describe(), unknown)
    if len(predictions) == 0:
        return MeasuredSplit(unmeasured, {}, {}, {})
    plain = target_of_baselines(target)
    others = target.baselines(class_counts, predictions) | dict(fitted or {})
    baselines = {name: plain.metrics(other) for name, other in others.items()}
    best = {metric: _best(target, metric, baselines) for metric in unmeasured}
    if unknown.note:
        return MeasuredSplit(unmeasured, baselines, best, {})
    statistics, drawn = _drawn(target, predictions, resampling)
    same = {name for name, other in others.items() if gives_the_same(predictions, other)}
    other_draws = {name: _drawn(plain, other, resampling)[1] for name, other in others.items()}
    metrics: dict[str, Estimate] = {}
    differences: dict[str, Estimate] = {}
    for i, statistic in enumerate(statistics):
        theirs = {name: draws[i] for name, draws in other_draws.items()}
        choice = {each.name: best[each.part_of or each.name] for each in statistic.measures}
        metrics |= statistic_estimates(statistic, drawn[i], resampling.confidence)
        differences |= difference_estimates(
            statistic, drawn[i], theirs, choice, resampling.confidence, same=same
        )
    return MeasuredSplit(metrics, baselines, best, differences)


def metric_entries(
    target: Target, measured: MeasuredSplit, predictions: Predictions
) -> dict[str, MetricEntry]:
    """Each metric with its interval, its definition, and its difference to the best baseline.

    Args:
        target: The kind of target.
        measured: The test split.
        predictions: Of it, as they were measured.

    Raises:
        ContractError: A metric is defined but not measured.
    """
    unmeasured = sorted(target.describe().keys() - measured.metrics.keys())
    if unmeasured:
        raise ContractError(
            f"The metric {unmeasured[0]!r} is defined but not measured. Give it a Statistic in"
            " shared/statistics/category_statistics.py or horizon_statistics.py."
        )
    undefined = undefined_by_metric(target, predictions)
    entries = {}
    for name, info in target.describe().items():
        baseline = measured.best_baseline.get(name)
        difference = measured.differences.get(name, Estimate(value=None))
        verdict = _verdict(difference, higher_is_better=info.better == "higher")
        value = None if baseline is None else number_or_none(measured.baselines[baseline][name])
        entries[name] = MetricEntry(
            **dict(measured.metrics[name]),
            **dict(undefined.get(name, Undefined())),
            n=len(predictions),
            unit=info.unit,
            better=info.better,
            describe=info.describe,
            source=info.source,
            baseline=value,
            baseline_name=baseline,
            versus_baseline=BaselineDifference(**dict(difference), verdict=verdict),
        )
    return entries


def _verdict(
    difference: Estimate, *, higher_is_better: bool
) -> Literal["better", "worse", "inconclusive", "not known"]:
    interval = difference.interval
    if interval is None:
        return "not known"
    if interval.low <= 0.0 <= interval.high:
        return "inconclusive"
    return "better" if (interval.low > 0.0) == higher_is_better else "worse"


def _drawn(
    target: Target, predictions: Predictions, resampling: Resampling
) -> tuple[list[Statistic], list[Draws]]:
    """The statistics of all metrics, and their draws."""
    codes, num_entities = entity_codes(predictions.entities)
    statistics = metric_statistics(target, predictions, codes, num_entities)
    return statistics, draw(statistics, num_entities, resampling)


def _best(target: Target, metric: str, baselines: Mapping[str, Mapping[str, float]]) -> str:
    sign = 1.0 if target.describe()[metric].better == "higher" else -1.0
    ranked = {
        name: -math.inf if math.isnan(values[metric]) else sign * values[metric]
        for name, values in baselines.items()
    }
    return max(ranked, key=ranked.__getitem__)
