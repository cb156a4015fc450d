"""Robustness and counterfactual invariance: what changes when decoded rows are changed in a named way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract import Probe
from shared.errors import ContractError
from shared.evaluation.bootstrap import Resampling, Statistic, difference_estimates, draw, entity_codes, estimates, statistic_estimates
from shared.evaluation.intervals import Estimate, Interval, Measure
from shared.evaluation.means import mean_statistic
from shared.evaluation.measure import metric_statistics, observed_rows, score_problem
from shared.evaluation.number import estimate_fields
from shared.predictions import Predictions
from shared.targets import Categories, Horizon, Target
from shared.targets.horizon import observed_mean

__all__ = ["probe_table"]


def probe_table(
    target: Target,
    clean: Predictions,
    probed: Mapping[tuple[str, int], Predictions],
    probes: Mapping[str, Probe],
    resampling: Resampling,
) -> list[dict[str, Any]]:
    """One entry per probe and severity, ready for JSON; foreign inputs have none.

    Each holds the headline metric on the changed rows (`value`), on the same rows unchanged (`clean`), and how much worse it gets
    (`drop`: positive is worse, whatever the metric's direction); `flip_rate`, the share of rows whose decision changes (null for
    forecasts); `coverage`, the share of values inside the interval (forecasts only, else null); `score_shift`, the mean absolute change
    of the decided class' probability, or of the forecast in training standard deviations. All with intervals.

    Args:
        target: The kind of target.
        clean: The part that the probes changed rows of.
        probed: (probe, severity) -> predictions on changed rows, ids as in `clean`.
        probes: The pipeline's probes by name.
        resampling: Of entities; each probe draws its own resamples.

    Raises:
        ContractError: A probe is unknown, or has an id that `clean` lacks.
    """
    table = []
    for i, ((name, severity), changed) in enumerate(probed.items()):
        if name not in probes:
            raise ContractError(f"predictions/probes.parquet holds the probe {name!r}, the pipeline has {', '.join(probes) or 'none'}.")
        if probes[name].kind == "foreign":  # no answer to a foreign input is right, so none can be worse
            continue
        changed = observed_rows(target, changed)
        draws = replace(resampling, seed=(*resampling.seed, i))
        numbers = _probe_numbers(target, _same_rows(clean, changed, name), changed, draws)
        entry = {"probe": name, "severity": severity, "kind": probes[name].kind, "describe": probes[name].describe}
        entry |= {"n": len(changed), "num_entities": len(np.unique(changed.entities)), "metric": target.headline}
        table.append(entry | numbers)
    return table


def _same_rows(clean: Predictions, changed: Predictions, name: str) -> Predictions:
    place = {identifier: i for i, identifier in enumerate(clean.ids.tolist())}
    missing = [identifier for identifier in changed.ids.tolist() if identifier not in place]
    if missing:
        raise ContractError(f"Probe {name!r} scored the id {missing[0]!r}, which is not in the part it was made from.")
    return clean.take(np.array([place[identifier] for identifier in changed.ids.tolist()], dtype=np.int64))


def _probe_numbers(target: Target, clean: Predictions, changed: Predictions, resampling: Resampling) -> dict[str, Any]:
    problem = score_problem(changed) or score_problem(clean)
    unknown = Estimate(math.nan, None, problem)
    measured = dict.fromkeys(("value", "clean", "drop", "flip_rate", "score_shift", "coverage"), unknown)
    if not problem:
        measured = _headline_numbers(target, clean, changed, resampling) | _change_numbers(target, clean, changed, resampling)
    fields = estimate_fields(measured.pop("value"))
    return fields | {name: estimate_fields(estimate) for name, estimate in measured.items()} | _not_asked(target)


def _not_asked(target: Target) -> dict[str, None]:
    """Numbers that this kind of target does not have."""
    match target:
        case Categories():
            return {"coverage": None}
        case Horizon():  # a forecast has no decision that could flip
            return {"flip_rate": None} | ({"coverage": None} if target.nominal_coverage is None else {})
        case _:
            assert_never(target)


def _headline_numbers(target: Target, clean: Predictions, changed: Predictions, resampling: Resampling) -> dict[str, Estimate]:
    codes, num_entities = entity_codes(changed.entities)
    ours, theirs = (_headline_statistic(target, scored, codes, num_entities) for scored in (changed, clean))
    drawn = draw([ours, theirs], num_entities, resampling)
    metric, level = target.headline, resampling.confidence
    difference = difference_estimates(ours, drawn[0], {"clean": drawn[1]}, {measure.name: "clean" for measure in ours.measures}, level)
    worse_when_lower = target.describe()[metric].better == "higher"
    return {
        "value": statistic_estimates(ours, drawn[0], level)[metric],
        "clean": statistic_estimates(theirs, drawn[1], level)[metric],
        "drop": _negated(difference[metric]) if worse_when_lower else difference[metric],
    }


def _headline_statistic(target: Target, predictions: Predictions, codes: NDArray[np.int64], num_entities: int) -> Statistic:
    statistics = metric_statistics(target, predictions, codes, num_entities)
    return next(item for item in statistics if target.headline in [measure.name for measure in item.measures])


def _change_numbers(target: Target, clean: Predictions, changed: Predictions, resampling: Resampling) -> dict[str, Estimate]:
    codes, num_entities = entity_codes(changed.entities)
    match target:
        case Categories():
            before = target.decide(clean.scores)
            rows = np.arange(len(clean))
            shift = target.probabilities(changed.scores)[rows, before] - target.probabilities(clean.scores)[rows, before]
            columns = {"flip_rate": (target.decide(changed.scores) != before).astype(np.float64), "score_shift": np.abs(shift)}
        case Horizon():
            observed = np.isfinite(changed.targets)
            steps = np.abs(target.standardised_residuals(changed) - target.standardised_residuals(clean))
            columns = {"score_shift": observed_mean(steps, observed, axes=(1, 2))}
            if target.nominal_coverage is not None:
                columns["coverage"] = observed_mean(target.covered(changed), observed, axes=(1, 2))
        case _:
            assert_never(target)
    unbounded = isinstance(target, Horizon)
    measures = [Measure(name, num_entities, 0.0, math.inf if unbounded and name == "score_shift" else 1.0) for name in columns]
    statistic = mean_statistic(measures, np.stack(list(columns.values()), axis=1), codes, num_entities)
    return estimates([statistic], num_entities, resampling)


def _negated(estimate: Estimate) -> Estimate:
    interval = estimate.interval
    flipped = None if interval is None else Interval(0.0 - interval.high, 0.0 - interval.low)  # 0 - x, because -0.0 reads badly
    return Estimate(0.0 - estimate.value, flipped, estimate.note)
