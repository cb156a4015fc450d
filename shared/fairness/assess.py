"""The fairness stage: predictions and groups to group tables, gaps and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shared.evaluation.measure import observed_rows, score_problem
from shared.fairness.examine import Finding, examine, trace
from shared.fairness.gaps.assessment import Adjusted, Questions, adjust
from shared.fairness.gaps.set_coverage import set_coverage_tables
from shared.fairness.groups.attributes import PREFIX, About, Attribute, read_attributes
from shared.fairness.groups.disaggregate import GroupedErrors
from shared.fairness.groups.intersections import intersect
from shared.fairness.groups.subject import Subject, metric_names
from shared.fairness.mitigation.mitigation_table import mitigation_tables
from shared.fairness.tables.errors import Asked, attribute_entry
from shared.fairness.tables.further_tables import AdjustedTests, further_entry
from shared.fairness.tables.tidy import FamilyResult, tidy_table
from shared.loading.splits.reference_groups import refuse_unknown_references
from shared.run.artefacts.calibration_file import (
    CalibrationRecord,
    read_calibrated_predictions,
)
from shared.run.artefacts.recorded_data import RecordedData, read_recorded_data
from shared.run.context import StageContext
from shared.statistics.bootstrap import Resampling, entity_codes
from shared.statistics.equivalence import POWER
from shared.statistics.significance import holm
from shared.statistics.streams import Stream
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["fairness_stage"]

_ABOUT: tuple[About, ...] = ("people", "conditions")
"""Two families of tests: whoever asks about fairness must not pay for questions about the
weather."""

_PAIRS = "intersections"

_MIN_PERMUTATIONS = 999
"""The fewest for which a p-value of 0.001 is possible."""


@dataclass(frozen=True)
class _Family:
    """Attributes (or pairs) that are tested together, and what was found of each that could be measured."""

    name: str
    attributes: list[Attribute]
    findings: dict[str, Finding]

    @property
    def adjusted(self) -> dict[str, Adjusted]:
        return adjust({name: finding.assessment for name, finding in self.findings.items()})

    @property
    def parity(self) -> AdjustedTests:
        found = {
            (name, item.criterion.name): item.test
            for name, finding in self.findings.items()
            for item in finding.parity
        }
        return _holm({key: test.p_value for key, test in found.items() if test is not None})

    @property
    def steps(self) -> AdjustedTests:
        gap_sources = {
            name: finding.gap_sources
            for name, finding in self.findings.items()
            if finding.gap_sources is not None
        }
        found = {
            (name, step.name): step.test
            for name, gap_sources in gap_sources.items()
            for step in gap_sources.steps
        }
        return _holm({key: test.p_value for key, test in found.items() if test is not None})


def fairness_stage(context: StageContext) -> None:
    """Write `fairness.json` and `fairness.parquet` from `data.json`, `calibration.json`, `predictions/{val,test}.parquet` and `splits/`.

    Raises:
        ConfigError: A reference group that the data lacks.
    """
    run = context.run
    recorded = read_recorded_data(run)
    refuse_unknown_references(context.config.evaluate.reference_groups, recorded.groups)
    test = observed_rows(recorded.target, read_calibrated_predictions(run, "test"))
    table = run.read_table("splits/test.parquet", maker="data")
    attributes = read_attributes(table, test.ids, recorded.groups, recorded.conditions)
    problem = score_problem(test)
    families, notes = (
        _blank(attributes) if problem else _compare(context, attributes, recorded, test)
    )
    remedied = _mitigations(context, recorded, test, families[0])
    metrics = metric_names(recorded.target)
    assessments = {
        name: finding.assessment for family in families for name, finding in family.findings.items()
    }
    covered = (
        {}
        if problem
        else set_coverage_tables(context, recorded.target, test, attributes, assessments)
    )
    run.write_json(
        "fairness.json",
        _header(context, test, metrics)
        | {
            "families": {family.name: _sizes(context, family) for family in families[:-1]},
            "attributes": [
                entry
                | {
                    "mitigations": remedied.get(entry["attribute"], []),
                    "set_coverage": covered.get(entry["attribute"]),
                }
                for family in families[:-1]
                for entry in _entries(context, family, metrics[0], problem)
            ],
            "intersection_family": _sizes(context, families[-1]),
            "intersections": _entries(context, families[-1], metrics[0], problem),
            "notes": [*recorded.notes, *_notes(attributes, problem), *notes],
        },
    )
    run.write_table("fairness.parquet", tidy_table([_result(family) for family in families]))


def _compare(
    context: StageContext, attributes: list[Attribute], recorded: RecordedData, test: Predictions
) -> tuple[list[_Family], list[str]]:
    """Families of people's attributes, of conditions and of pairs, and sentences about pairs that were not looked at."""
    subject = Subject.of(recorded.target, test, CalibrationRecord.read(context.run).sets)
    tables = {
        part: context.run.read_table(f"splits/{part}.parquet", maker="data")
        for part in ("train", "val", "test")
    }
    families = []
    for about in _ABOUT:
        members = [attribute for attribute in attributes if attribute.about == about]
        questions = _questions(context, sum(not attribute.note for attribute in members))
        findings: dict[str, Finding] = {}
        for attribute in members:
            position = attributes.index(attribute)
            context.progress.update(position, len(attributes), attribute.name)
            if len(attribute.labels) > 0:
                grouped = GroupedErrors.of(attribute, test.entities, subject.errors, subject.bounds)
                resampling = _resampling(context, Stream.GROUPS, position)
                named = context.config.evaluate.reference_groups.get(attribute.name)
                finding = examine(subject, attribute, grouped, questions, resampling, named)
                if about == "people" and isinstance(recorded.target, Categories):
                    finding = replace(
                        finding,
                        gap_sources=trace(
                            subject,
                            recorded.target,
                            finding,
                            grouped,
                            tables,
                            questions,
                            resampling,
                        ),
                    )
                findings[attribute.name] = finding
        families.append(_Family(about, members, findings))
    pairs, notes = _cross(context, families, subject, attributes)
    return [*families, pairs], notes


def _cross(
    context: StageContext,
    families: Sequence[_Family],
    subject: Subject,
    attributes: list[Attribute],
) -> tuple[_Family, list[str]]:
    found = {
        name: finding.assessment for family in families for name, finding in family.findings.items()
    }
    pairs, notes = intersect(attributes, found)
    questions = _questions(context, len(pairs))
    findings = {}
    for i, pair in enumerate(pairs):
        context.progress.update(i, len(pairs), pair.attribute.name)
        grouped = GroupedErrors.of(
            pair.attribute, subject.test.entities, subject.errors, subject.bounds
        )
        grouped = replace(grouped, totals=pair.totals, withheld=pair.withheld)
        findings[pair.attribute.name] = examine(
            subject,
            pair.attribute,
            grouped,
            questions,
            _resampling(context, Stream.GROUP_PAIRS, i),
            None,
        )
    return _Family(_PAIRS, [pair.attribute for pair in pairs], findings), notes


def _blank(attributes: list[Attribute]) -> tuple[list[_Family], list[str]]:
    """Families of which nothing could be measured."""
    families = [
        _Family(about, [item for item in attributes if item.about == about], {}) for about in _ABOUT
    ]
    return [*families, _Family(_PAIRS, [], {})], []


def _mitigations(
    context: StageContext, recorded: RecordedData, test: Predictions, people: _Family
) -> dict[str, list[dict[str, Any]]]:
    """Only for people: that a season or an hour fares worse is not unfair to it."""
    if not isinstance(recorded.target, Categories) or not people.findings:
        return {}
    assessments = {name: finding.assessment for name, finding in people.findings.items()}
    # Mitigations are fitted on the training split, which may lack an attribute that the test split has.
    train = context.run.read_table("splits/train.parquet", maker="data")
    attributes = [attribute for attribute in people.attributes if PREFIX + attribute.name in train]
    return mitigation_tables(context, recorded.target, test, attributes, assessments)


def _entries(
    context: StageContext, family: _Family, metric: str, problem: str
) -> list[dict[str, Any]]:
    asked, alpha, adjusted = _asked(context, metric), _alpha(context), family.adjusted
    parity, steps = family.parity, family.steps
    entries = []
    for attribute in family.attributes:
        finding = family.findings.get(attribute.name)
        assessment = None if finding is None else finding.assessment
        entry = attribute_entry(attribute, problem, assessment, adjusted.get(attribute.name), asked)
        entries.append(entry | further_entry(finding, parity, steps, alpha))
    return entries


def _result(family: _Family) -> FamilyResult:
    errors = {name: item.gap for name, item in family.adjusted.items()}
    return FamilyResult(
        family.name, list(family.findings.values()), errors, family.parity, family.steps
    )


def _sizes(context: StageContext, family: _Family) -> dict[str, Any]:
    """How many tests each question of the family is adjusted for."""
    return {
        "method": "Holm",
        "size": len(family.adjusted),
        "parity_size": len(family.parity),
        "gap_sources_size": len(family.steps),
        "alpha": _alpha(context),
        "discovery_method": "Benjamini-Hochberg",
    }


def _holm(p_values: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    return dict(zip(p_values, holm(np.array(list(p_values.values()))).tolist(), strict=True))


def _questions(context: StageContext, family_size: int) -> Questions:
    settings = context.config.evaluate
    return Questions(
        settings.min_group_size,
        _permutations(context),
        float(settings.equivalence_margin),
        _alpha(context),
        family_size,
    )


def _resampling(context: StageContext, stream: int, position: int) -> Resampling:
    settings = context.config.evaluate
    return Resampling(
        settings.resamples, settings.confidence, (context.config.train.seed, stream, position)
    )


def _asked(context: StageContext, metric: str) -> Asked:
    return Asked(metric, _alpha(context), float(context.config.evaluate.equivalence_margin))


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
    return (
        notes
        if attributes
        else [*notes, "The data names no group attribute, so nothing can be said about groups."]
    )


def _permutations(context: StageContext) -> int:
    return max(_MIN_PERMUTATIONS, int(context.config.evaluate.resamples) - 1)


def _alpha(context: StageContext) -> float:
    # Rounded, because 1 - 0.95 is 0.050000000000000044.
    return round(1.0 - float(context.config.evaluate.confidence), 12)
