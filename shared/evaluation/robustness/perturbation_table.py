"""Robustness and counterfactual invariance.

What changes when decoded rows are changed in a named way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract import Perturbation
from shared.errors import ContractError
from shared.evaluation.measure import metric_statistics, observed_rows, score_problem
from shared.evaluation.robustness.corruption_summary import Headline, summarise_corruptions
from shared.statistics.bootstrap import Draws, Resampling, Statistic, draw, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure, bca_estimate
from shared.statistics.means import mean_statistic
from shared.statistics.number import estimate_fields
from shared.targets import Categories, Horizon, Target
from shared.targets.horizon import observed_mean
from shared.targets.predictions import Predictions

__all__ = ["perturbation_table"]


def perturbation_table(
    target: Target,
    clean: Predictions,
    perturbed: Mapping[tuple[str, int], Predictions],
    perturbations: Mapping[str, Perturbation],
    resampling: Resampling,
) -> dict[str, Any]:
    """`perturbations`, one entry per perturbation and severity, and `corruptions`, what they cost on average.

    Ready for JSON.

    Each entry holds the headline metric on the changed rows (`value`), on the same rows unchanged
    (`clean`), and how much worse it gets (`drop`: positive is worse, whatever the metric's
    direction); `flip_rate`, the share of rows whose decision changes (null for forecasts);
    `coverage`, the share of values inside the interval (forecasts only, else null); `score_shift`,
    the mean absolute change of the decided class' probability, or of the forecast in training
    standard deviations. All with intervals. Foreign inputs have no entry.

    Args:
        target: The kind of target.
        clean: Calibrated scores of the part that the perturbations changed rows of.
        perturbed: (perturbation, severity) -> calibrated scores of changed rows, ids as in `clean`.
        perturbations: The pipeline's perturbations by name.
        resampling: Of entities; all perturbations see the same resamples, so that their mean can be given
            an interval.

    Raises:
        ContractError: A perturbation is unknown, or has an id that `clean` lacks.
    """
    table, headlines = [], {}
    for (name, severity), scored in perturbed.items():
        if name not in perturbations:
            raise ContractError(
                f"predictions/perturbations.parquet holds the perturbation {name!r}, the pipeline has"
                f" {', '.join(perturbations) or 'none'}."
            )
        perturbation = perturbations[name]
        if (
            perturbation.kind == "ood"
        ):  # no answer to a foreign input is right, so none can be worse
            continue
        changed = observed_rows(target, scored)
        unchanged = _same_rows(clean, changed, name)
        headline, numbers = _measure(target, unchanged, changed, resampling)
        entry = {
            "perturbation": name,
            "severity": severity,
            "kind": perturbation.kind,
            "describe": perturbation.describe,
            "metric": target.headline,
        }
        table.append(
            entry
            | {
                "n": len(changed),
                "num_entities": len(np.unique(changed.entities)),
                **_fields(target, numbers),
            }
        )
        if perturbation.kind == "corruption":
            headlines[name, severity] = headline
    return {
        "perturbations": table,
        "corruptions": summarise_corruptions(headlines, resampling.confidence),
    }


def _same_rows(clean: Predictions, changed: Predictions, name: str) -> Predictions:
    place = {identifier: i for i, identifier in enumerate(clean.ids.tolist())}
    missing = [identifier for identifier in changed.ids.tolist() if identifier not in place]
    if missing:
        raise ContractError(
            f"Perturbation {name!r} scored the id {missing[0]!r}, which is not in the part it was made"
            " from."
        )
    return clean.take(
        np.array([place[identifier] for identifier in changed.ids.tolist()], dtype=np.int64)
    )


def _measure(
    target: Target, clean: Predictions, changed: Predictions, resampling: Resampling
) -> tuple[Headline | None, dict[str, Estimate]]:
    """The headline metric and all numbers of one perturbation.

    Without the former if scores are not finite.
    """
    problem = score_problem(changed) or score_problem(clean)
    if problem:
        names = ("value", "clean", "drop", "flip_rate", "score_shift", "coverage")
        return None, dict.fromkeys(names, Estimate(math.nan, None, problem))
    headline = _headline(target, clean, changed, resampling)
    return headline, _headline_numbers(headline, resampling) | _change_numbers(
        target, clean, changed, resampling
    )


def _fields(target: Target, numbers: Mapping[str, Estimate]) -> dict[str, Any]:
    others = {
        name: estimate_fields(estimate) for name, estimate in numbers.items() if name != "value"
    }
    return estimate_fields(numbers["value"]) | others | _not_asked(target)


def _not_asked(target: Target) -> dict[str, None]:
    """Numbers that this kind of target does not have."""
    match target:
        case Categories():
            return {"coverage": None}
        case Horizon():  # a forecast has no decision that could flip
            return {"flip_rate": None} | (
                {"coverage": None} if target.nominal_coverage is None else {}
            )
        case _:
            assert_never(target)


def _headline(
    target: Target, clean: Predictions, changed: Predictions, resampling: Resampling
) -> Headline:
    codes, num_entities = entity_codes(changed.entities)
    ours, theirs = (
        _headline_statistic(target, scored, codes, num_entities) for scored in (changed, clean)
    )
    row = [measure.name for measure in ours.measures].index(target.headline)
    drawn, unchanged = (
        _one_row(draws, row) for draws in draw([ours, theirs], num_entities, resampling)
    )
    worse = -1 if target.describe()[target.headline].better == "higher" else 1
    return Headline(drawn, unchanged, ours.measures[row], worse)


def _one_row(draws: Draws, row: int) -> Draws:
    return Draws(draws.point[[row]], draws.resampled[[row]], draws.jackknife[[row]])


def _headline_numbers(headline: Headline, resampling: Resampling) -> dict[str, Estimate]:
    measure, reach = headline.measure, headline.measure.high - headline.measure.low
    signed = Measure("drop", measure.num_entities, -reach, reach)
    numbers = {
        "value": (measure, headline.changed),
        "clean": (measure, headline.clean),
        "drop": (signed, headline.drop),
    }
    return {
        name: bca_estimate(
            bounds,
            float(draws.point[0]),
            draws.resampled[0],
            draws.jackknife[0],
            resampling.confidence,
        )
        for name, (bounds, draws) in numbers.items()
    }


def _headline_statistic(
    target: Target, predictions: Predictions, codes: NDArray[np.int64], num_entities: int
) -> Statistic:
    statistics = metric_statistics(target, predictions, codes, num_entities)
    return next(
        item
        for item in statistics
        if target.headline in [measure.name for measure in item.measures]
    )


def _change_numbers(
    target: Target, clean: Predictions, changed: Predictions, resampling: Resampling
) -> dict[str, Estimate]:
    codes, num_entities = entity_codes(changed.entities)
    match target:
        case Categories():
            before = target.decide(clean.scores)
            rows = np.arange(len(clean))
            shift = (
                target.probabilities(changed.scores)[rows, before]
                - target.probabilities(clean.scores)[rows, before]
            )
            columns = {
                "flip_rate": (target.decide(changed.scores) != before).astype(np.float64),
                "score_shift": np.abs(shift),
            }
        case Horizon():
            observed = np.isfinite(changed.targets)
            steps = np.abs(
                target.standardised_residuals(changed) - target.standardised_residuals(clean)
            )
            columns = {"score_shift": observed_mean(steps, observed, axes=(1, 2))}
            if target.nominal_coverage is not None:
                columns["coverage"] = observed_mean(target.covered(changed), observed, axes=(1, 2))
        case _:
            assert_never(target)
    unbounded = isinstance(target, Horizon)
    measures = [
        Measure(name, num_entities, 0.0, math.inf if unbounded and name == "score_shift" else 1.0)
        for name in columns
    ]
    statistic = mean_statistic(
        measures, np.stack(list(columns.values()), axis=1), codes, num_entities
    )
    return estimates([statistic], num_entities, resampling)
