"""The fairness stage: predictions and groups to group tables, gaps and verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.evaluation.measure import observed_rows, score_problem
from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.evaluated_split import EvaluatedSplit, metric_names
from shared.fairness.families import Family, assess_families, families_without_numbers
from shared.fairness.gaps.set_coverage import set_coverage_tables
from shared.fairness.groups.attributes import Attribute, read_attributes
from shared.fairness.mitigation.by_attribute import mitigations_by_attribute
from shared.fairness.records.attribute_records import assessment_records
from shared.fairness.records.tidy_table import tidy_table
from shared.loading.splits.declarations import refuse_unknown_references
from shared.run.artefacts.calibration_file import CalibrationRecord, read_calibrated_predictions
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.fairness.mitigations import MitigationRecord, SetCoverageRecord
from shared.run.artefacts.fairness.record import (
    AttributeRecord,
    FairnessRecord,
    FamiliesRecord,
    FamilyRecord,
)
from shared.run.context import StageContext
from shared.run.files import FAIRNESS_TABLE, GROUP_PREFIX, TEST_SPLIT, TRAIN_SPLIT, VAL_SPLIT
from shared.statistics.bootstrap import entity_codes
from shared.statistics.equivalence import POWER
from shared.targets import Categories, Target
from shared.targets.predictions import Predictions

__all__ = ["fairness_stage"]

_NO_ATTRIBUTE = "The data names no group attribute, so nothing can be said about groups."


@dataclass(frozen=True)
class _Source:
    """What the stage reads.

    Attributes:
        context: The run.
        recorded: What the data stage recorded.
        target: What is predicted, as the deployed model decides for it.
        test: Calibrated predictions of the test split.
        attributes: Aligned with `test`.
        settings: How groups are compared.
        problem: Why nothing can be measured; empty if something can.
    """

    context: StageContext
    recorded: DataRecord
    target: Target
    test: Predictions
    attributes: list[Attribute]
    settings: AssessmentSettings
    problem: str

    @classmethod
    def read(cls, context: StageContext) -> _Source:
        run = context.run
        recorded = DataRecord.read(run)
        refuse_unknown_references(context.config.evaluate.reference_groups, recorded.groups)
        target = CalibrationRecord.read(run).deciding(recorded.target)
        test = observed_rows(target, read_calibrated_predictions(run, "test"))
        table = run.read_table(TEST_SPLIT)
        return cls(
            context=context,
            recorded=recorded,
            target=target,
            test=test,
            attributes=read_attributes(
                table,
                test.ids,
                recorded.groups,
                recorded.provenance.conditions,
                again=run.rerun_command("predict"),
            ),
            settings=AssessmentSettings.of_run(context.config),
            problem=score_problem(test),
        )


def fairness_stage(context: StageContext) -> None:
    """Write `fairness.json` and `fairness.parquet`.

    From `data.json`, `calibration.json`, `predictions/{val,test}.parquet` and `splits/`.

    Raises:
        ConfigError: A reference group that the data lacks.
    """
    source = _Source.read(context)
    families, notes = _assess(source)
    _record(source, families, notes).write(context.run)
    context.run.write_table(FAIRNESS_TABLE, tidy_table(families))


def _assess(source: _Source) -> tuple[list[Family], list[str]]:
    """Three families, the pairs last, and sentences about pairs that were left out."""
    if source.problem:
        return families_without_numbers(source.attributes), []
    run = source.context.run
    chosen = CalibrationRecord.read(run)
    return assess_families(
        EvaluatedSplit.of(source.target, source.test, chosen),
        source.attributes,
        source.settings,
        references=source.context.config.evaluate.reference_groups,
        tables={
            "train": run.read_table(TRAIN_SPLIT),
            "val": run.read_table(VAL_SPLIT),
            "test": run.read_table(TEST_SPLIT),
        },
        progress=source.context.progress.update,
    )


def _record(source: _Source, families: Sequence[Family], notes: Sequence[str]) -> FairnessRecord:
    people, conditions, pairs = families
    settings = source.settings
    resampling = settings.resampling
    metrics = metric_names(source.target)
    _, num_entities = entity_codes(source.test.entities)
    attributes = _attribute_records(source, people, conditions)
    intersections = tuple(assessment_records(pairs, settings, source.problem))
    families_record = _families_record(people, conditions, settings)
    return FairnessRecord(
        n=len(source.test),
        num_entities=num_entities,
        metric=metrics[0],
        metrics=metrics,
        confidence=resampling.confidence,
        resamples=resampling.resamples,
        permutations=settings.permutations,
        min_group_size=settings.min_group_size,
        privacy_group_size=settings.privacy_size,
        margin=settings.margin,
        power=POWER,
        families=families_record,
        attributes=attributes,
        intersection_family=_family_record(pairs, settings),
        intersections=intersections,
        notes=_notes(source, notes),
    )


def _attribute_records(
    source: _Source, people: Family, conditions: Family
) -> tuple[AttributeRecord, ...]:
    mitigations = _mitigations(source, people)
    coverage = _set_coverage(source, people)
    return tuple(
        AttributeRecord(
            **dict(record),
            mitigations=tuple(mitigations.get(record.attribute, ())),
            set_coverage=coverage.get(record.attribute),
        )
        for family in (people, conditions)
        for record in assessment_records(family, source.settings, source.problem)
    )


def _mitigations(source: _Source, people: Family) -> dict[str, list[MitigationRecord]]:
    """Only for people: that a season or an hour fares worse is not unfair to it."""
    target = source.target
    if not isinstance(target, Categories) or not people.assessments:
        return {}
    # Mitigations are fitted on the training split, which may lack an attribute of the test split.
    train = source.context.run.read_table(TRAIN_SPLIT)
    attributes = [one for one in people.attributes if GROUP_PREFIX + one.name in train]
    return mitigations_by_attribute(source.context, target, source.test, attributes, people.sizes)


def _set_coverage(source: _Source, people: Family) -> dict[str, SetCoverageRecord]:
    if source.problem:
        return {}
    target = source.target
    return set_coverage_tables(source.context, target, source.test, people.attributes, people.sizes)


def _families_record(
    people: Family, conditions: Family, settings: AssessmentSettings
) -> FamiliesRecord:
    return FamiliesRecord(
        people=_family_record(people, settings), conditions=_family_record(conditions, settings)
    )


def _family_record(family: Family, settings: AssessmentSettings) -> FamilyRecord:
    """How many tests each question of the family is adjusted for."""
    return FamilyRecord(
        size=len(family.errors),
        parity_size=len(family.parity),
        gap_sources_size=len(family.steps),
        alpha=settings.alpha,
    )


def _notes(source: _Source, about_pairs: Sequence[str]) -> tuple[str, ...]:
    notes = list(source.recorded.provenance.notes)
    if source.problem:
        notes.append(source.problem)
    if not source.attributes:
        notes.append(_NO_ATTRIBUTE)
    return (*notes, *about_pairs)
