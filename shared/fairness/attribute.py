"""Everything that is measured on one attribute, or on one pair of attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.evaluated_split import EvaluatedSplit
from shared.fairness.gaps.errors import ErrorAssessment, assess_errors
from shared.fairness.gaps.gap_sources import (
    GapSources,
    criterion_steps,
    label_step,
    ranking_step,
)
from shared.fairness.gaps.group_metric import GroupRate
from shared.fairness.gaps.parity import CriterionAssessment, assess_parity
from shared.fairness.gaps.rates import assess_rates
from shared.fairness.gaps.reliability import GroupReliability, assess_reliability
from shared.fairness.gaps.representation import split_shares
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups, group_sizes
from shared.fairness.groups.reference import Reference, choose_reference
from shared.targets import Categories

__all__ = ["AttributeAssessment", "assess_attribute", "find_gap_sources"]

# Streams of random numbers below that of the attribute.
_RATES = 2
_PARITY = 3
_RELIABILITY = 4
_RANKING = 5
_LABELS = 6


@dataclass(frozen=True)
class AttributeAssessment:
    """What was measured on an attribute.

    Attributes:
        attribute: On what.
        groups: Its groups, with their sizes.
        reference: The group with which all others are compared.
        errors: Errors by group, their gaps and their test.
        rates: Further rates by group.
        parity: Criteria that want these rates to be equal.
        reliability: Calibration error by group; empty where there are no classes.
        gap_sources: Where a difference enters; None for conditions, for pairs, and where there are
            no classes.
    """

    attribute: Attribute
    groups: SizedGroups
    reference: Reference
    errors: ErrorAssessment
    rates: list[GroupRate]
    parity: list[CriterionAssessment]
    reliability: list[GroupReliability]
    gap_sources: GapSources | None = None


def assess_attribute(
    split: EvaluatedSplit,
    attribute: Attribute,
    grouped: GroupedErrors,
    settings: AssessmentSettings,
    named: str | None = None,
) -> AttributeAssessment:
    """Measure an attribute that has labels.

    Args:
        split: What is assessed.
        attribute: By what.
        grouped: The same as row errors by group.
        settings: How groups are compared.
        named: The group that all others are to be compared with; None for the largest.
    """
    least = settings.min_group_size
    privacy = settings.privacy_size
    sizes = group_sizes(grouped, least, privacy)
    reference = choose_reference(sizes, named)
    groups = SizedGroups(grouped, sizes, least, reference.group, privacy)
    rates = assess_rates(split.rows, groups, settings.of_stream(_RATES).resampling)
    return AttributeAssessment(
        attribute=attribute,
        groups=groups,
        reference=reference,
        errors=assess_errors(groups, split.mix, settings),
        rates=rates,
        parity=assess_parity(split, grouped, rates, settings.of_stream(_PARITY).plan),
        reliability=_reliability(split, groups, settings.of_stream(_RELIABILITY)),
    )


def find_gap_sources(
    assessment: AttributeAssessment,
    split: EvaluatedSplit,
    target: Categories,
    tables: Mapping[str, pd.DataFrame],
    settings: AssessmentSettings,
) -> GapSources:
    """Where differences between the groups of an attribute enter.

    Args:
        assessment: What was measured on the attribute.
        split: What is assessed.
        target: Its target.
        tables: Split -> `splits/<split>.parquet`.
        settings: How groups are compared.
    """
    groups = assessment.groups
    name = assessment.attribute.name
    labels = label_step(target, tables, name, groups, settings.of_stream(_LABELS))
    ranking = ranking_step(target, split.test, groups, settings.of_stream(_RANKING))
    criteria = criterion_steps(assessment.rates, assessment.parity)
    representation = split_shares(tables, name, settings.resampling.confidence)
    return GapSources(representation, steps=[labels, ranking, *criteria])


def _reliability(
    split: EvaluatedSplit, groups: SizedGroups, settings: AssessmentSettings
) -> list[GroupReliability]:
    if not isinstance(split.target, Categories):
        return []
    confidence = split.target.confidence(split.test.scores)
    correct = 1.0 - split.errors["error"]
    return assess_reliability(confidence, correct, groups, settings.resampling)
