"""The fairness stage: predictions and groups to group tables, gaps and verdicts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.context import StageContext
from shared.evaluation.bootstrap import Resampling, entity_codes
from shared.evaluation.measure import observed_rows, score_problem
from shared.evaluation.recorded_data import read_recorded_data
from shared.fairness.assessment import Assessment, Questions, adjust, assess_groups
from shared.fairness.attributes import Attribute, read_attributes
from shared.fairness.disaggregate import GroupedErrors
from shared.fairness.disparity import CaseMix
from shared.fairness.equivalence import POWER
from shared.fairness.tables import Asked, attribute_entry, tidy_groups
from shared.prediction_files import read_predictions
from shared.predictions import Predictions
from shared.targets import Categories, Horizon, Target

__all__ = ["fairness_stage"]

_STREAM = 104

_MIN_PERMUTATIONS = 999
"""The fewest for which a p-value of 0.001 is possible."""


@dataclass(frozen=True)
class _Measured:
    """Row errors that are compared, the first of which is tested, with their largest possible values and the case mix."""

    errors: dict[str, NDArray[np.float64]]
    bounds: dict[str, float]
    mix: CaseMix | None


def fairness_stage(context: StageContext) -> None:
    """Write `fairness.json` and `fairness.parquet` from `data.json`, `predictions/test.parquet` and `splits/test.parquet`."""
    run = context.run
    recorded = read_recorded_data(run)
    test = observed_rows(recorded.target, read_predictions(run, "test"))
    attributes = read_attributes(run.read_table("splits/test.parquet", maker="data"), test.ids, recorded.groups)
    problem = score_problem(test)
    assessments = {} if problem else _assess_all(context, attributes, recorded.target, test)
    metrics = _metric_names(recorded.target)
    adjusted = adjust(assessments)
    document = _header(context, test, metrics, len(adjusted)) | {
        "groups_are": recorded.groups_are,
        "attributes": [
            attribute_entry(attribute, problem, assessments.get(attribute.name), adjusted.get(attribute.name), _asked(context, metrics[0]))
            for attribute in attributes
        ],
        "notes": [*recorded.notes, *_notes(attributes, problem)],
    }
    run.write_json("fairness.json", document)
    run.write_table("fairness.parquet", tidy_groups(assessments, metrics))


def _assess_all(context: StageContext, attributes: list[Attribute], target: Target, test: Predictions) -> dict[str, Assessment]:
    measured = _measure(target, test)
    settings = context.config.evaluate
    family_size = sum(len(attribute.labels) > 0 and not attribute.note for attribute in attributes)
    questions = Questions(settings.min_group_size, _permutations(context), float(settings.equivalence_margin), _alpha(context), family_size)
    found = {}
    for i, attribute in enumerate(attributes):
        context.progress.update(i, len(attributes), attribute.name)
        if len(attribute.labels) == 0:
            continue
        grouped = GroupedErrors.of(attribute, test.entities, measured.errors, measured.bounds)
        resampling = Resampling(settings.resamples, settings.confidence, (context.config.train.seed, _STREAM, i))
        found[attribute.name] = assess_groups(grouped, measured.mix, questions, resampling)
    return found


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


def _header(context: StageContext, test: Predictions, metrics: tuple[str, ...], num_tests: int) -> dict[str, Any]:
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
        "family": {"method": "Holm", "size": num_tests, "alpha": _alpha(context), "discovery_method": "Benjamini-Hochberg"},
    }


def _notes(attributes: list[Attribute], problem: str) -> list[str]:
    notes = [problem] if problem else []
    return notes if attributes else [*notes, "The data names no group attribute, so nothing can be said about groups."]


def _permutations(context: StageContext) -> int:
    return max(_MIN_PERMUTATIONS, int(context.config.evaluate.resamples) - 1)


def _alpha(context: StageContext) -> float:
    # Rounded, because 1 - 0.95 is 0.050000000000000044.
    return round(1.0 - float(context.config.evaluate.confidence), 12)
