"""Everything that is measured on one attribute, or on one pair of attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from shared.contract import UNKNOWN
from shared.fairness.gaps.assessment import Assessment, Questions, assess_groups
from shared.fairness.gaps.comparison import GroupRate
from shared.fairness.gaps.gap_sources import (
    GapSources,
    find_gap_sources,
    label_rates,
    shares_of_parts,
)
from shared.fairness.gaps.parity import ParityFinding, find_parity
from shared.fairness.gaps.ranking import ranking_rates, ranking_test
from shared.fairness.gaps.rates import assess_rates
from shared.fairness.gaps.reliability import GroupReliability, assess_reliability
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.disaggregate import GroupedErrors
from shared.fairness.groups.subject import Subject
from shared.statistics.bootstrap import Resampling
from shared.statistics.permutation import PermutationPlan
from shared.targets import Categories

__all__ = ["Finding", "examine", "trace"]

_RATES, _PARITY, _RELIABILITY, _RANKING, _LABELS = 2, 3, 4, 5, 6
"""Streams of random numbers below that of the attribute."""


@dataclass(frozen=True)
class Finding:
    """What was measured.

    Attributes:
        attribute: On what.
        assessment: Errors by group, their gaps and their test.
        rates: Further rates by group.
        parity: Criteria that want these rates to be equal.
        reliability: Calibration error by group; empty where there are no classes.
        gap sources: Where a difference enters; None for conditions, for pairs, and where there are no
            classes.
    """

    attribute: Attribute
    assessment: Assessment
    rates: list[GroupRate]
    parity: list[ParityFinding]
    reliability: list[GroupReliability]
    gap_sources: GapSources | None = None


def examine(
    subject: Subject,
    attribute: Attribute,
    grouped: GroupedErrors,
    questions: Questions,
    resampling: Resampling,
    named: str | None,
) -> Finding:
    """Measure an attribute that has labels.

    Args:
        subject: What is assessed.
        attribute: By what.
        grouped: The same as row errors by group.
        questions: What is asked.
        resampling: Of entities.
        named: The group that all others are to be compared with; None for the largest.
    """
    assessment = assess_groups(grouped, subject.mix, questions, resampling, named)
    sizes, reference, smallest = (
        assessment.sizes,
        assessment.reference.group,
        questions.min_group_size,
    )
    rates = assess_rates(
        subject.rows, grouped, sizes, smallest, _stream(resampling, _RATES), reference
    )
    parity = find_parity(
        subject.target,
        subject.test,
        subject.rows,
        grouped,
        rates,
        _plan(questions, resampling, _PARITY),
    )
    reliability = []
    if isinstance(subject.target, Categories):
        confidence, correct = (
            subject.target.confidence(subject.test.scores),
            1.0 - subject.errors["error"],
        )
        reliability = assess_reliability(
            confidence, correct, grouped, sizes, smallest, _stream(resampling, _RELIABILITY)
        )
    return Finding(attribute, assessment, rates, parity, reliability)


def trace(
    subject: Subject,
    target: Categories,
    finding: Finding,
    grouped: GroupedErrors,
    tables: Mapping[str, pd.DataFrame],
    questions: Questions,
    resampling: Resampling,
) -> GapSources:
    """Where differences between the groups of an attribute enter.

    Args:
        subject: What is assessed.
        target: Its target.
        finding: What was measured on the attribute.
        grouped: The same as row errors by group.
        tables: Part -> `splits/<part>.parquet`.
        questions: What is asked.
        resampling: Of entities.
    """
    sizes, smallest, name = (
        finding.assessment.sizes,
        questions.min_group_size,
        finding.attribute.name,
    )
    shown = [size.group for size in sizes if size.group != UNKNOWN and not size.suppressed]
    labels = label_rates(
        target,
        tables,
        name,
        shown,
        min_group_size=smallest,
        confidence=resampling.confidence,
        plan=_plan(questions, resampling, _LABELS),
    )
    areas = ranking_rates(
        target,
        subject.test,
        grouped,
        sizes,
        smallest,
        _stream(resampling, _RANKING),
        finding.assessment.reference.group,
    )
    test, reason = ranking_test(
        target, subject.test, grouped, areas, _plan(questions, resampling, _RANKING)
    )
    return find_gap_sources(
        shares_of_parts(tables, name, resampling.confidence),
        labels,
        (areas, test, reason),
        finding.rates,
        finding.parity,
    )


def _plan(questions: Questions, resampling: Resampling, stream: int) -> PermutationPlan:
    return PermutationPlan(questions.permutations, questions.alpha, (*resampling.seed, stream))


def _stream(resampling: Resampling, stream: int) -> Resampling:
    return Resampling(resampling.resamples, resampling.confidence, (*resampling.seed, stream))
