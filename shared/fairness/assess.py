"""The fairness stage: predictions and groups to group tables, gaps and verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.calibration_file import read_calibrated_predictions, read_calibration
from shared.context import StageContext
from shared.evaluation.bootstrap import Resampling, entity_codes
from shared.evaluation.measure import observed_rows, score_problem
from shared.fairness.assessment import Assessment, Questions, adjust, assess_groups
from shared.fairness.attributes import About, Attribute, read_attributes
from shared.fairness.disaggregate import GroupedErrors
from shared.fairness.disparity import CaseMix
from shared.fairness.equivalence import POWER
from shared.fairness.intersections import intersect
from shared.fairness.parity import rates_entry
from shared.fairness.rates import GroupRate, assess_rates
from shared.fairness.remedy_table import remedy_tables
from shared.fairness.set_coverage import set_coverage_tables
from shared.fairness.tables import Asked, attribute_entry, tidy_groups
from shared.predictions import Predictions
from shared.recorded_data import RecordedData, read_recorded_data
from shared.targets import Categories, Horizon, Target

__all__ = ["fairness_stage"]

_ABOUT: tuple[About, ...] = ("people", "conditions")
"""Two families of tests: whoever asks about fairness must not pay for questions about the weather."""

_STREAM, _PAIRS_STREAM, _RATES_STREAM = 104, 105, 106

_MIN_PERMUTATIONS = 999
"""The fewest for which a p-value of 0.001 is possible."""


@dataclass(frozen=True)
class _Measured:
    """Row errors that are compared, the first of which is tested, with their largest possible values and the case mix."""

    errors: dict[str, NDArray[np.float64]]
    bounds: dict[str, float]
    mix: CaseMix | None


@dataclass(frozen=True)
class _Compared:
    """What was found by attribute, its rates, what was found by pair of attributes, and sentences about pairs that were not looked at."""

    attributes: Mapping[str, Assessment]
    rates: Mapping[str, list[GroupRate]]
    pairs: list[Attribute]
    intersections: Mapping[str, Assessment]
    notes: list[str]


def fairness_stage(context: StageContext) -> None:
    """Write `fairness.json` and `fairness.parquet` from `data.json`, `calibration.json`, `predictions/{val,test}.parquet` and `splits/`."""
    run = context.run
    recorded = read_recorded_data(run)
    test = observed_rows(recorded.target, read_calibrated_predictions(run, "test"))
    attributes = read_attributes(run.read_table("splits/test.parquet", maker="data"), test.ids, recorded.groups, recorded.conditions)
    problem = score_problem(test)
    metrics = _metric_names(recorded.target)
    compared = _Compared({}, {}, [], {}, []) if problem else _compare(context, attributes, recorded.target, test)
    remedied = _remedies(context, recorded, test, attributes, compared.attributes)
    covered = {} if problem else set_coverage_tables(context, recorded.target, test, attributes, compared.attributes)
    run.write_json(
        "fairness.json",
        _header(context, test, metrics)
        | {
            "families": {about: _family(context, _members(compared.attributes, attributes, about)) for about in _ABOUT},
            "attributes": [
                entry
                | rates_entry(compared.rates.get(entry["attribute"], []))
                | {"remedies": remedied.get(entry["attribute"], []), "set_coverage": covered.get(entry["attribute"])}
                for about in _ABOUT
                for entry in _entries(context, _of(attributes, about), compared.attributes, metrics[0], problem)
            ],
            "intersection_family": _family(context, compared.intersections),
            "intersections": _entries(context, compared.pairs, compared.intersections, metrics[0], problem),
            "notes": [*recorded.notes, *_notes(attributes, problem), *compared.notes],
        },
    )
    run.write_table("fairness.parquet", tidy_groups(compared.attributes, metrics))


def _compare(context: StageContext, attributes: list[Attribute], target: Target, test: Predictions) -> _Compared:
    measured = _measure(target, test)
    asked = {about: _questions(context, sum(not attribute.note for attribute in _of(attributes, about))) for about in _ABOUT}
    found: dict[str, Assessment] = {}
    rates: dict[str, list[GroupRate]] = {}
    for i, attribute in enumerate(attributes):
        context.progress.update(i, len(attributes), attribute.name)
        if len(attribute.labels) > 0:
            questions = asked[attribute.about]
            grouped = GroupedErrors.of(attribute, test.entities, measured.errors, measured.bounds)
            found[attribute.name] = assess_groups(grouped, measured.mix, questions, _resampling(context, _STREAM, i))
            sizes, resampling = found[attribute.name].sizes, _resampling(context, _RATES_STREAM, i)
            rates[attribute.name] = assess_rates(
                target, test, read_calibration(context.run).sets, grouped, sizes, questions.min_group_size, resampling
            )
    pairs, notes = intersect(attributes, found)
    questions = _questions(context, len(pairs))
    both: dict[str, Assessment] = {}
    for i, pair in enumerate(pairs):
        context.progress.update(i, len(pairs), pair.attribute.name)
        grouped = GroupedErrors.of(pair.attribute, test.entities, measured.errors, measured.bounds)
        grouped = replace(grouped, totals=pair.totals, withheld=pair.withheld)
        both[pair.attribute.name] = assess_groups(grouped, measured.mix, questions, _resampling(context, _PAIRS_STREAM, i))
    return _Compared(found, rates, [pair.attribute for pair in pairs], both, notes)


def _remedies(
    context: StageContext, recorded: RecordedData, test: Predictions, attributes: list[Attribute], found: Mapping[str, Assessment]
) -> dict[str, list[dict[str, Any]]]:
    """Only for people: that a season or an hour fares worse is not unfair to it."""
    people = _of(attributes, "people")
    if not isinstance(recorded.target, Categories) or not found or not people:
        return {}
    return remedy_tables(context, recorded.target, test, people, found)


def _entries(
    context: StageContext, attributes: list[Attribute], found: Mapping[str, Assessment], metric: str, problem: str
) -> list[dict[str, Any]]:
    """Of attributes that form one family."""
    adjusted = adjust({attribute.name: found[attribute.name] for attribute in attributes if attribute.name in found})
    asked = _asked(context, metric)
    return [attribute_entry(attribute, problem, found.get(attribute.name), adjusted.get(attribute.name), asked) for attribute in attributes]


def _questions(context: StageContext, family_size: int) -> Questions:
    settings = context.config.evaluate
    return Questions(settings.min_group_size, _permutations(context), float(settings.equivalence_margin), _alpha(context), family_size)


def _resampling(context: StageContext, stream: int, position: int) -> Resampling:
    settings = context.config.evaluate
    return Resampling(settings.resamples, settings.confidence, (context.config.train.seed, stream, position))


def _of(attributes: list[Attribute], about: About) -> list[Attribute]:
    return [attribute for attribute in attributes if attribute.about == about]


def _members(found: Mapping[str, Assessment], attributes: list[Attribute], about: About) -> dict[str, Assessment]:
    return {attribute.name: found[attribute.name] for attribute in _of(attributes, about) if attribute.name in found}


def _family(context: StageContext, found: Mapping[str, Assessment]) -> dict[str, Any]:
    size = sum(item.test is not None for item in found.values())
    return {"method": "Holm", "size": size, "alpha": _alpha(context), "discovery_method": "Benjamini-Hochberg"}


def _asked(context: StageContext, metric: str) -> Asked:
    return Asked(metric, _alpha(context), float(context.config.evaluate.equivalence_margin))


def _metric_names(target: Target) -> tuple[str, ...]:
    match target:
        case Categories():
            return ("error", "log_loss")
        case Horizon():
            return ("mae_standardised", "mase")
        case _:
            assert_never(target)


def _measure(target: Target, test: Predictions) -> _Measured:
    rows = target.row_errors(test)
    errors = {name: rows[name] for name in _metric_names(target)}
    bounds = {name: 1.0 if name == "error" else math.inf for name in errors}
    match target:
        case Categories():
            return _Measured(errors, bounds, CaseMix(test.targets, len(target.names)))
        case Horizon():
            return _Measured(errors, bounds, None)
        case _:
            assert_never(target)


def _header(context: StageContext, test: Predictions, metrics: tuple[str, ...]) -> dict[str, Any]:
    settings = context.config.evaluate
    return {
        "split": "test",
        "n": len(test),
        "num_entities": entity_codes(test.entities)[1],
        "metric": metrics[0],
        "metrics": list(metrics),
        "confidence": settings.confidence,
        "resamples": settings.resamples,
        "permutations": _permutations(context),
        "min_group_size": settings.min_group_size,
        "margin": float(settings.equivalence_margin),
        "power": POWER,
    }


def _notes(attributes: list[Attribute], problem: str) -> list[str]:
    notes = [problem] if problem else []
    return notes if attributes else [*notes, "The data names no group attribute, so nothing can be said about groups."]


def _permutations(context: StageContext) -> int:
    return max(_MIN_PERMUTATIONS, int(context.config.evaluate.resamples) - 1)


def _alpha(context: StageContext) -> float:
    # Rounded, because 1 - 0.95 is 0.050000000000000044.
    return round(1.0 - float(context.config.evaluate.confidence), 12)
