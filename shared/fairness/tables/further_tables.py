"""Rates, parity, calibration by group and the gap sources of one attribute as JSON entries and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from shared.fairness.examine import Finding
from shared.fairness.gaps.comparison import GroupRate
from shared.fairness.gaps.gap_sources import Step
from shared.fairness.gaps.parity import Difference, ParityFinding
from shared.fairness.gaps.reliability import GroupReliability
from shared.statistics.arrangements import PermutationTest
from shared.statistics.intervals import Estimate

__all__ = ["AdjustedTests", "further_entry"]

AdjustedTests = Mapping[tuple[str, str], float]
"""(attribute, criterion or step) -> p-value after adjustment for its family."""


def further_entry(
    finding: Finding | None, parity: AdjustedTests, steps: AdjustedTests, alpha: float
) -> dict[str, Any]:
    """`rates`, `parity`, `reliability` and `gap_sources` of one attribute of `fairness.json`.

    Args:
        finding: What was measured; None if nothing could be.
        parity: Adjusted p-values of the criteria.
        steps: Adjusted p-values of the steps.
        alpha: Level of each family.
    """
    if finding is None:
        return {"rates": [], "parity": [], "reliability": [], "gap_sources": None}
    name = finding.attribute.name
    gap_sources = finding.gap_sources
    return {
        "rates": [_rate_entry(rate) for rate in finding.rates],
        "parity": [
            _parity_entry(item, parity.get((name, item.criterion.name))) for item in finding.parity
        ],
        "reliability": [_reliability_entry(item) for item in finding.reliability],
        "gap_sources": (
            None
            if gap_sources is None
            else {
                "representation": [
                    {
                        "part": share.part,
                        "group": share.group,
                        "n": share.num_rows,
                        "num_entities": share.num_entities,
                    }
                    | share.share.model_dump()
                    for share in gap_sources.representation
                ],
                "steps": [
                    _step_entry(step, steps.get((name, step.name)), alpha)
                    for step in gap_sources.steps
                ],
            }
        ),
    }


def _rate_entry(rate: GroupRate) -> dict[str, Any]:
    return {
        "metric": rate.metric,
        "class": rate.of_class,
        "group": rate.group,
        "n": rate.num_rows,
        "num_entities": rate.num_entities,
        "reason": rate.reason,
        "estimate": _fields(rate.value),
        "gap": _fields(rate.gap),
        "ratio": _fields(rate.found.get("ratio to rest")),
        "reference_gap": _fields(rate.found.get("gap to reference")),
        "reference_ratio": _fields(rate.found.get("ratio to reference")),
    }


def _fields(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else estimate.model_dump()


def _parity_entry(item: ParityFinding, adjusted: float | None) -> dict[str, Any]:
    return {
        "criterion": item.criterion.name,
        "num_rates": item.num_rates,
        "num_compared": item.num_compared,
        "largest": _difference_entry(item.largest),
        "test": _test_entry(item.test, adjusted),
        "reason": item.reason,
    }


def _difference_entry(found: Difference | None) -> dict[str, Any] | None:
    if found is None:
        return None
    fields = asdict(found)
    return {"metric": fields.pop("metric"), "class": fields.pop("of_class"), **fields}


def _test_entry(test: PermutationTest | None, adjusted: float | None) -> dict[str, Any] | None:
    return (
        None
        if test is None
        else {"p_value": test.p_value, "p_adjusted": adjusted, "permutations": test.permutations}
    )


def _reliability_entry(item: GroupReliability) -> dict[str, Any]:
    points = [
        {
            "n": point.num_rows,
            "confidence": point.confidence,
            "correct": point.correct,
            "ci_low": None if point.interval is None else point.interval.low,
            "ci_high": None if point.interval is None else point.interval.high,
        }
        for point in item.curve
    ]
    return {
        "group": item.error.group,
        "n": item.error.num_rows,
        "ece": _fields(item.error.value),
        "curve": points,
    }


def _step_entry(step: Step, adjusted: float | None, alpha: float) -> dict[str, Any]:
    return {
        "step": step.name,
        "differs": None if adjusted is None else adjusted <= alpha,
        "sentence": _sentence(step, adjusted, alpha),
        "largest": _difference_entry(step.largest),
        "test": _test_entry(step.test, adjusted),
        "rates": [_rate_entry(rate) for rate in step.rates],
    }


_PLACES = {
    "labels": "data",
    "ranking": "model",
    "confidence": "model's confidence",
    "decisions": "threshold",
}
_RATES = {
    "label_rate": "{of} is the truth for {low} of {lowest} and {high} of {highest}",
    "auc": (
        "{of} is ranked with an area under the curve of {low} within {lowest} and {high} within"
        " {highest}"
    ),
    "calibration_gap": (
        "confidence minus the share correct is {low} for {lowest} and {high} for {highest}"
    ),
    "selection_rate": "{of} is decided for {low} of {lowest} and {high} of {highest}",
}


def _sentence(step: Step, adjusted: float | None, alpha: float) -> str:
    place, largest = _PLACES[step.name], step.largest
    if largest is None or step.test is None or adjusted is None:
        return f"Whether the {place} differs can not be told. {step.reason}"
    told = _RATES[largest.metric].format(
        of=repr(largest.of_class),
        lowest=repr(largest.lowest),
        highest=repr(largest.highest),
        **_ends(largest, step.rates),
    )
    if adjusted > alpha:
        return (
            f"No difference in the {place} is shown (adjusted p = {adjusted:.3f}). The largest one:"
            f" {told}."
        )
    told = told[0].upper() + told[1:]
    return (
        f"The {place} {'differ' if place == 'data' else 'differs'} (adjusted p = {adjusted:.3f})."
        f" {told}.{_beyond_labels(step, largest)}"
    )


def _ends(largest: Difference, rates: Sequence[GroupRate]) -> dict[str, str]:
    values = {
        rate.group: rate.value.value
        for rate in rates
        if _is_of(rate, largest.metric, largest)
        and rate.value is not None
        and rate.value.value is not None
    }
    ends = {"low": values[largest.lowest], "high": values[largest.highest]}
    if largest.metric == "auc":
        return {name: f"{value:.3f}" for name, value in ends.items()}
    if largest.metric == "calibration_gap":
        return {name: f"{100 * value:+.1f} points" for name, value in ends.items()}
    return {name: f"{100 * value:.1f} %" for name, value in ends.items()}


def _beyond_labels(step: Step, largest: Difference) -> str:
    """How much more often than true a class is decided: what labels do not explain."""
    excess = {
        rate.group: rate.value.value
        for rate in step.rates
        if _is_of(rate, "selection_excess", largest)
        and rate.value is not None
        and rate.value.value is not None
    }
    if largest.lowest not in excess or largest.highest not in excess:
        return ""
    low, high = (
        f"{100 * excess[group]:+.1f} points" for group in (largest.lowest, largest.highest)
    )
    return f" Compared with how often it is true, that is {low} and {high}."


def _is_of(rate: GroupRate, metric: str, largest: Difference) -> bool:
    return (rate.metric, rate.of_class) == (metric, largest.of_class)
