"""Every number by group as one row of `fairness.parquet`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from shared.fairness.attribute import AttributeAssessment
from shared.fairness.families import Family
from shared.fairness.gaps.group_metric import COMPARISONS, GroupRate
from shared.fairness.gaps.parity import Difference
from shared.run.artefacts.fairness.table import COLUMNS
from shared.statistics.intervals import Estimate
from shared.statistics.permutations.arrangements import PermutationTest

__all__ = ["LARGEST_DIFFERENCE", "tidy_table"]

LARGEST_DIFFERENCE = "largest minus smallest"
"""The comparison of rows that tell of a test: over all groups, without an interval, because it
can't be negative."""


def tidy_table(families: Sequence[Family]) -> pd.DataFrame:
    """One row per family, attribute, group, metric, class and comparison.

    What could not be measured is NaN, with the reason. The columns are those of
    `shared/run/artefacts/fairness/table.py`.
    """
    rows = [
        {"family": family.name, "attribute": name} | row
        for family in families
        for name, assessment in family.assessments.items()
        for row in (*_rates(assessment), *_tests(family, assessment))
    ]
    dtypes = {name: column.dtype for name, column in COLUMNS.items()}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dtypes)


def _rates(assessment: AttributeAssessment) -> Iterator[dict[str, Any]]:
    steps = [] if assessment.gap_sources is None else assessment.gap_sources.steps
    rates = [
        *assessment.errors.rates,
        *assessment.rates,
        *(item.error for item in assessment.reliability),
        # The rates of the other steps stand among the rates of the attribute.
        *(rate for step in steps if step.name in ("labels", "ranking") for rate in step.rates),
    ]
    suppressed = {size.group for size in assessment.groups.sizes if size.suppressed}
    reference = assessment.reference.group or ""
    for rate in rates:
        for row in _of_rate(rate, reference):
            yield {"suppressed": rate.group in suppressed} | row


def _of_rate(rate: GroupRate, reference: str) -> Iterator[dict[str, Any]]:
    fields = {
        "group": rate.group,
        "n": rate.num_rows,
        "num_entities": rate.num_entities,
        "metric": rate.metric,
        "class": rate.of_class or "",
        "p_value": math.nan,
        "p_adjusted": math.nan,
    }
    for comparison in COMPARISONS:
        estimate = rate.estimates.get(comparison)
        if estimate is None and comparison != "value":
            continue
        against = reference if comparison.endswith("reference") else ""
        numbers = _numbers(estimate, rate.reason, rate.not_tested)
        yield fields | {"comparison": comparison, "reference": against} | numbers


def _numbers(estimate: Estimate | None, reason: str, not_tested: str) -> dict[str, Any]:
    if estimate is None:
        return {"value": math.nan, "ci_low": math.nan, "ci_high": math.nan, "reason": reason}
    return {
        "value": _or_nan(estimate.value),
        "ci_low": _or_nan(estimate.ci_low),
        "ci_high": _or_nan(estimate.ci_high),
        "reason": estimate.note or not_tested,
    }


@dataclass(frozen=True)
class _Tested:
    """A difference over all groups, and its test.

    Attributes:
        metric: The error, criterion or gap source.
        of_class: The class with the largest difference; empty if it is about all.
        difference: The largest; None if nothing can be compared.
        test: None if it can't be made.
        adjusted: The p-value after adjustment; None without a test.
        reason: Why there is no test; empty if there is one.
    """

    metric: str
    of_class: str
    difference: float | None
    test: PermutationTest | None
    adjusted: float | None
    reason: str

    @classmethod
    def of_largest(
        cls,
        metric: str,
        largest: Difference | None,
        test: PermutationTest | None,
        adjusted: float | None,
        reason: str,
    ) -> _Tested:
        if largest is None:
            return cls(metric, "", None, test, adjusted, reason)
        return cls(metric, largest.of_class or "", largest.difference, test, adjusted, reason)


def _tests(family: Family, assessment: AttributeAssessment) -> Iterator[dict[str, Any]]:
    sizes = assessment.groups.sizes
    about_all = {
        "group": "",
        "n": sum(size.num_rows for size in sizes),
        "num_entities": assessment.groups.grouped.num_entities,
        "comparison": LARGEST_DIFFERENCE,
        "reference": "",
        "ci_low": math.nan,
        "ci_high": math.nan,
        "suppressed": False,
    }
    for tested in _tested(family, assessment):
        yield about_all | {
            "metric": tested.metric,
            "class": tested.of_class,
            "value": _or_nan(tested.difference),
            "p_value": math.nan if tested.test is None else tested.test.p_value,
            "p_adjusted": _or_nan(tested.adjusted),
            "reason": tested.reason,
        }


def _tested(family: Family, assessment: AttributeAssessment) -> Iterator[_Tested]:
    name = assessment.attribute.name
    yield _tested_errors(family, assessment)
    for item in assessment.parity:
        criterion = item.criterion.name
        adjusted = family.parity.get((name, criterion))
        yield _Tested.of_largest(criterion, item.largest, item.test, adjusted, item.reason)
    if assessment.gap_sources is not None:
        for step in assessment.gap_sources.steps:
            metric = f"gap sources: {step.name}"
            adjusted = family.steps.get((name, step.name))
            yield _Tested.of_largest(metric, step.largest, step.test, adjusted, step.reason)


def _tested_errors(family: Family, assessment: AttributeAssessment) -> _Tested:
    errors = assessment.errors
    adjusted = family.errors.get(assessment.attribute.name)
    return _Tested(
        metric=errors.metric,
        of_class="",
        difference=None if errors.test is None else errors.test.spread,
        test=errors.test,
        adjusted=None if adjusted is None else adjusted.gap,
        reason=errors.reason,
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
