"""One attribute, or pair of attributes, as a record of `fairness.json`."""

from __future__ import annotations

from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.attribute import AttributeAssessment
from shared.fairness.families import Family
from shared.fairness.gaps.errors import judge
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.suppression import COMPANION
from shared.fairness.records.error_records import (
    Extremes,
    equivalence_record,
    group_record,
    spread_record,
)
from shared.fairness.records.rate_records import (
    criterion_record,
    gap_sources_record,
    rate_record,
    reliability_record,
)
from shared.fairness.records.sentences import explain_verdict
from shared.run.artefacts.fairness.rates import CriterionRecord, GapSourcesRecord
from shared.run.artefacts.fairness.record import AssessmentRecord, GroupRecord, ReferenceRecord

__all__ = ["assessment_records"]


def assessment_records(
    family: Family, settings: AssessmentSettings, problem: str
) -> list[AssessmentRecord]:
    """One record for each attribute (or pair) of a family.

    Args:
        family: What was measured.
        settings: How groups are compared.
        problem: Why nothing could be measured on any attribute; empty if something could.
    """
    records = []
    for attribute in family.attributes:
        if attribute.name in family.assessments:
            assessment = family.assessments[attribute.name]
            records.append(_assessed(assessment, family, settings))
        else:
            records.append(_not_assessed(attribute, problem))
    return records


def _not_assessed(attribute: Attribute, problem: str) -> AssessmentRecord:
    note = attribute.note or problem
    return AssessmentRecord(
        attribute=attribute.name,
        about=attribute.about,
        verdict="not enough data",
        explanation=note,
        note=note,
        remarks=attribute.remarks,
        reference=None,
        groups=(),
        spread=None,
        equivalence=None,
        **vars(Extremes()),
        rates=(),
        parity=(),
        reliability=(),
        gap_sources=None,
    )


def _assessed(
    assessment: AttributeAssessment, family: Family, settings: AssessmentSettings
) -> AssessmentRecord:
    attribute = assessment.attribute
    errors = assessment.errors
    adjusted = family.errors.get(attribute.name)
    verdict = judge(errors, adjusted, settings.alpha)
    explanation = explain_verdict(assessment, verdict, adjusted, settings)
    note = attribute.note or errors.reason
    spread = spread_record(errors, adjusted)
    equivalence = equivalence_record(errors, adjusted, settings.margin)
    rates = tuple(rate_record(rate) for rate in assessment.rates)
    reliability = tuple(reliability_record(item) for item in assessment.reliability)
    return AssessmentRecord(
        attribute=attribute.name,
        about=attribute.about,
        verdict=verdict,
        explanation=explanation,
        note=note,
        remarks=_remarks(assessment),
        reference=_reference(assessment),
        groups=_groups(assessment),
        spread=spread,
        equivalence=equivalence,
        **vars(Extremes.of(errors)),
        rates=rates,
        parity=_parity(assessment, family),
        reliability=reliability,
        gap_sources=_gap_sources(assessment, family, settings),
    )


def _remarks(assessment: AttributeAssessment) -> tuple[str, ...]:
    """Those about the attribute, about groups withheld to protect others, and the reference."""
    remarks = list(assessment.attribute.remarks)
    sizes = assessment.groups.sizes
    withheld = [size.group for size in sizes if size.suppressed]
    if withheld:
        remarks.append(f"Withheld, and part of no largest difference below: {', '.join(withheld)}.")
    companions = [size.group for size in sizes if size.suppressed == COMPANION]
    if companions:
        remarks.append(f"{', '.join(companions)}: {COMPANION}.")
    if assessment.reference.problem:
        remarks.append(assessment.reference.problem)
    return tuple(remarks)


def _reference(assessment: AttributeAssessment) -> ReferenceRecord:
    reference = assessment.reference
    return ReferenceRecord(group=reference.group, is_named=reference.is_named)


def _groups(assessment: AttributeAssessment) -> tuple[GroupRecord, ...]:
    return tuple(group_record(size, assessment.errors) for size in assessment.groups.sizes)


def _parity(assessment: AttributeAssessment, family: Family) -> tuple[CriterionRecord, ...]:
    adjusted = family.parity
    name = assessment.attribute.name
    return tuple(
        criterion_record(item, adjusted.get((name, item.criterion.name)))
        for item in assessment.parity
    )


def _gap_sources(
    assessment: AttributeAssessment, family: Family, settings: AssessmentSettings
) -> GapSourcesRecord | None:
    if assessment.gap_sources is None:
        return None
    name = assessment.attribute.name
    return gap_sources_record(assessment.gap_sources, name, family.steps, settings.alpha)
