"""Rates, parity, calibration by group and the gap sources of one attribute as records."""

from __future__ import annotations

from shared.fairness.families import AdjustedTests
from shared.fairness.gaps.gap_sources import GapSources, Step
from shared.fairness.gaps.group_metric import Comparison, GroupRate
from shared.fairness.gaps.parity import CriterionAssessment, Difference
from shared.fairness.gaps.reliability import CurvePoint, GroupReliability
from shared.fairness.gaps.representation import SplitShare
from shared.fairness.records.sentences import step_sentence
from shared.run.artefacts.fairness.rates import (
    CriterionRecord,
    CurvePointRecord,
    DifferenceRecord,
    GapSourcesRecord,
    PermutationTestRecord,
    RateRecord,
    ReliabilityRecord,
    SplitShareRecord,
    StepRecord,
)
from shared.statistics.permutations.arrangements import PermutationTest

__all__ = ["criterion_record", "gap_sources_record", "rate_record", "reliability_record"]


_FIELDS: dict[str, Comparison] = {
    "estimate": "value",
    "gap": "gap to rest",
    "ratio": "ratio to rest",
    "reference_gap": "gap to reference",
    "reference_ratio": "ratio to reference",
}
"""Field of a `RateRecord` -> what it holds."""


def rate_record(rate: GroupRate) -> RateRecord:
    """One number of one group, beside those of the others."""
    comparisons = {name: rate.estimates.get(comparison) for name, comparison in _FIELDS.items()}
    return RateRecord(
        metric=rate.metric,
        of_class=rate.of_class,
        group=rate.group,
        n=rate.num_rows,
        num_entities=rate.num_entities,
        reason=rate.reason,
        not_tested=rate.not_tested,
        **comparisons,
    )


def criterion_record(item: CriterionAssessment, adjusted: float | None) -> CriterionRecord:
    """One parity criterion; its p-value after adjustment is None without a test."""
    return CriterionRecord(
        criterion=item.criterion.name,
        num_rates=item.num_rates,
        num_compared=item.num_compared,
        largest=_difference_record(item.largest),
        test=_test_record(item.test, adjusted),
        reason=item.reason,
    )


def reliability_record(item: GroupReliability) -> ReliabilityRecord:
    """One group's calibration error and curve."""
    return ReliabilityRecord(
        group=item.error.group,
        n=item.error.num_rows,
        ece=item.error.value,
        curve=tuple(_curve_point_record(point) for point in item.curve),
    )


def gap_sources_record(
    sources: GapSources, attribute: str, adjusted: AdjustedTests, alpha: float
) -> GapSourcesRecord:
    """Where a difference enters.

    Args:
        sources: What was measured.
        attribute: Its name.
        adjusted: P-values of all steps after adjustment.
        alpha: Level of the family.
    """
    return GapSourcesRecord(
        representation=tuple(_share_record(share) for share in sources.representation),
        steps=tuple(
            _step_record(step, adjusted.get((attribute, step.name)), alpha)
            for step in sources.steps
        ),
    )


def _share_record(share: SplitShare) -> SplitShareRecord:
    return SplitShareRecord(
        split=share.split,
        group=share.group,
        n=share.num_rows,
        num_entities=share.num_entities,
        **dict(share.share),
    )


def _step_record(step: Step, adjusted: float | None, alpha: float) -> StepRecord:
    return StepRecord(
        step=step.name,
        differs=None if adjusted is None else adjusted <= alpha,
        sentence=step_sentence(step, adjusted, alpha),
        largest=_difference_record(step.largest),
        test=_test_record(step.test, adjusted),
        rates=tuple(rate_record(rate) for rate in step.rates),
    )


def _difference_record(largest: Difference | None) -> DifferenceRecord | None:
    if largest is None:
        return None
    return DifferenceRecord(
        metric=largest.metric,
        of_class=largest.of_class,
        difference=largest.difference,
        lowest=largest.lowest,
        highest=largest.highest,
    )


def _test_record(
    test: PermutationTest | None, adjusted: float | None
) -> PermutationTestRecord | None:
    if test is None:
        return None
    return PermutationTestRecord(
        p_value=test.p_value, p_adjusted=adjusted, permutations=test.permutations
    )


def _curve_point_record(point: CurvePoint) -> CurvePointRecord:
    interval = point.interval
    return CurvePointRecord(
        n=point.num_rows,
        confidence=point.confidence,
        correct=point.correct,
        ci_low=None if interval is None else interval.low,
        ci_high=None if interval is None else interval.high,
    )
