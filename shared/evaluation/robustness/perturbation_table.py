"""Robustness and counterfactual invariance: what changes when rows are changed in a named way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract import Perturbation
from shared.errors import ContractError
from shared.evaluation.measure import metric_statistics, observed_rows, score_problem
from shared.evaluation.robustness.corruption_summary import PerturbedMetric
from shared.run.artefacts.metrics.robustness_entries import PerturbationEntry
from shared.statistics.bootstrap import Draws, Resampling, draw, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure, bca_estimate
from shared.statistics.means import mean_statistic
from shared.targets import Categories, Horizon, Target
from shared.targets.observed import observed_mean
from shared.targets.predictions import Predictions

__all__ = ["perturbation_table"]

_Key = tuple[str, int]
"""Perturbation and severity."""


def perturbation_table(
    target: Target,
    clean: Predictions,
    perturbed: Mapping[_Key, Predictions],
    perturbations: Mapping[str, Perturbation],
    resampling: Resampling,
) -> tuple[tuple[PerturbationEntry, ...], dict[_Key, PerturbedMetric | None]]:
    """One entry per perturbation and severity, and the draws of each corruption's primary metric.

    OOD inputs have no entry: no answer to one is right, so none can be worse.

    Args:
        target: The kind of target.
        clean: Calibrated scores of the split that the perturbations changed rows of.
        perturbed: (perturbation, severity) -> calibrated scores of changed rows, ids as in `clean`.
        perturbations: The pipeline's perturbations by name.
        resampling: Of entities; all perturbations see the same resamples, so that their mean can be
            given an interval.

    Raises:
        ContractError: A perturbation is unknown, or has an id that `clean` lacks.
    """
    entries = []
    corruptions: dict[_Key, PerturbedMetric | None] = {}
    for (name, severity), scored in perturbed.items():
        perturbation = _known(perturbations, name)
        if perturbation.kind == "ood":
            continue
        changed = observed_rows(target, scored)
        unchanged = _same_rows(clean, changed, name)
        measured, numbers = _measure(target, unchanged, changed, resampling)
        if perturbation.kind == "corruption":
            corruptions[name, severity] = measured
        facts = {
            "perturbation": name,
            "severity": severity,
            "kind": perturbation.kind,
            "describe": perturbation.describe,
            "metric": target.primary_metric,
            "n": len(changed),
            "num_entities": len(np.unique(changed.entities)),
        }
        value = dict(numbers.pop("value"))
        entries.append(PerturbationEntry(**value, **numbers, **_not_asked(target), **facts))
    return tuple(entries), corruptions


def _known(perturbations: Mapping[str, Perturbation], name: str) -> Perturbation:
    if name not in perturbations:
        raise ContractError(
            f"predictions/perturbations.parquet holds the perturbation {name!r}, the pipeline has"
            f" {', '.join(perturbations) or 'none'}."
        )
    return perturbations[name]


def _same_rows(clean: Predictions, changed: Predictions, name: str) -> Predictions:
    place = {identifier: i for i, identifier in enumerate(clean.ids.tolist())}
    missing = [identifier for identifier in changed.ids.tolist() if identifier not in place]
    if missing:
        raise ContractError(
            f"Perturbation {name!r} scored the id {missing[0]!r}, which is not in the split it was"
            " made from."
        )
    rows = [place[identifier] for identifier in changed.ids.tolist()]
    return clean.take(np.array(rows, dtype=np.int64))


def _measure(
    target: Target, clean: Predictions, changed: Predictions, resampling: Resampling
) -> tuple[PerturbedMetric | None, dict[str, Estimate]]:
    """The primary metric, None if scores are not finite, and all numbers of one perturbation."""
    problem = score_problem(changed) or score_problem(clean)
    if problem:
        names = {"value", "clean", "drop", "score_shift", *_asked(target)}
        return None, dict.fromkeys(names, Estimate(value=None, note=problem))
    metric = _perturbed_metric(target, clean, changed, resampling)
    shifts = _shift_numbers(target, clean, changed, resampling)
    return metric, _metric_numbers(metric, resampling.confidence) | shifts


def _asked(target: Target) -> set[str]:
    """Numbers that only some kinds of target have: a forecast has no class that could flip."""
    match target:
        case Categories():
            return {"flip_rate"}
        case Horizon():
            return set() if target.nominal_coverage is None else {"coverage"}
        case _:
            assert_never(target)


def _not_asked(target: Target) -> dict[str, None]:
    return dict.fromkeys({"flip_rate", "coverage"} - _asked(target))


def _perturbed_metric(
    target: Target, clean: Predictions, changed: Predictions, resampling: Resampling
) -> PerturbedMetric:
    codes, num_entities = entity_codes(changed.entities)
    name = target.primary_metric
    sides = []
    for scored in (changed, clean):
        statistics = metric_statistics(target, scored, codes, num_entities)
        of_metric = [
            item for item in statistics if name in [measure.name for measure in item.measures]
        ]
        sides.append(of_metric[0])
    measures = sides[0].measures
    row = [measure.name for measure in measures].index(name)
    drawn, unchanged = (_one_row(draws, row) for draws in draw(sides, num_entities, resampling))
    worse = -1 if target.describe()[name].better == "higher" else 1
    return PerturbedMetric(drawn, unchanged, measures[row], worse)


def _one_row(draws: Draws, row: int) -> Draws:
    return Draws(draws.point[[row]], draws.resampled[[row]], draws.jackknife[[row]])


def _metric_numbers(metric: PerturbedMetric, confidence: float) -> dict[str, Estimate]:
    drawn = {
        "value": (metric.measure, metric.changed),
        "clean": (metric.measure, metric.clean),
        "drop": (metric.drop_measure, metric.drop),
    }
    numbers = {}
    for name, (measure, draws) in drawn.items():
        value = float(draws.point[0])
        numbers[name] = bca_estimate(
            measure, value, draws.resampled[0], draws.jackknife[0], confidence
        )
    return numbers


def _shift_numbers(
    target: Target, clean: Predictions, changed: Predictions, resampling: Resampling
) -> dict[str, Estimate]:
    """How often and how far answers move, and how often truth stays inside intervals."""
    codes, num_entities = entity_codes(changed.entities)
    highest = {"score_shift": 1.0, "flip_rate": 1.0, "coverage": 1.0}
    match target:
        case Categories():
            columns = _category_shifts(target, clean, changed)
        case Horizon():
            columns = _horizon_shifts(target, clean, changed)
            highest["score_shift"] = math.inf
        case _:
            assert_never(target)
    measures = [Measure(name, num_entities, 0.0, highest[name]) for name in columns]
    values = np.stack(list(columns.values()), axis=1)
    statistic = mean_statistic(measures, values, codes, num_entities)
    return estimates([statistic], num_entities, resampling)


def _category_shifts(
    target: Categories, clean: Predictions, changed: Predictions
) -> dict[str, NDArray[np.float64]]:
    before = target.decide(clean.scores)
    after = target.decide(changed.scores)
    rows = np.arange(len(clean))
    stated_before = target.probabilities(clean.scores)[rows, before]
    stated_after = target.probabilities(changed.scores)[rows, before]
    return {
        "flip_rate": (after != before).astype(np.float64),
        "score_shift": np.abs(stated_after - stated_before),
    }


def _horizon_shifts(
    target: Horizon, clean: Predictions, changed: Predictions
) -> dict[str, NDArray[np.float64]]:
    observed = np.isfinite(changed.targets)
    before = target.standardised_residuals(clean)
    after = target.standardised_residuals(changed)
    columns = {"score_shift": observed_mean(np.abs(after - before), observed, axes=(1, 2))}
    if target.nominal_coverage is not None:
        columns["coverage"] = observed_mean(target.covered(changed), observed, axes=(1, 2))
    return columns
