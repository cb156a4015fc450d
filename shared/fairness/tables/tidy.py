"""`fairness.parquet`: every number by group, one row each, for whoever wants to look for themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from shared.fairness.examine import Finding
from shared.fairness.gaps.comparison import COMPARISONS, GroupRate
from shared.fairness.tables.further_tables import AdjustedTests
from shared.statistics.arrangements import PermutationTest
from shared.statistics.intervals import Estimate

__all__ = ["LARGEST_DIFFERENCE", "FamilyResult", "tidy_table"]

LARGEST_DIFFERENCE = "largest minus smallest"
"""The comparison of rows that tell of a test: over all groups, without an interval, because it
can't be negative."""

_COLUMNS = {
    "family": "str",
    "attribute": "str",
    "group": "str",
    "n": "int64",
    "num_entities": "int64",
    "metric": "str",
    "class": "str",
    "comparison": "str",
    "reference": "str",
    "value": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "p_value": "float64",
    "p_adjusted": "float64",
    "suppressed": "bool",
    "reason": "str",
}


@dataclass(frozen=True)
class FamilyResult:
    """Findings of attributes (or pairs) that are tested together.

    Attributes:
        name: "people", "conditions" or "intersections".
        findings: Those that could be measured.
        errors: Attribute -> adjusted p-value of the error's test (Holm).
        parity: Adjusted p-values of the criteria.
        steps: Adjusted p-values of the gap sources's steps.
    """

    name: str
    findings: Sequence[Finding]
    errors: dict[str, float]
    parity: AdjustedTests
    steps: AdjustedTests


def tidy_table(families: Sequence[FamilyResult]) -> pd.DataFrame:
    """One row per family, attribute, group, metric, class and comparison.

    What could not be measured is NaN, with the reason.
    """
    rows = [
        row for family in families for finding in family.findings for row in _rows(family, finding)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def _rows(family: FamilyResult, finding: Finding) -> Iterator[dict[str, Any]]:
    reference, name = finding.assessment.reference.group or "", finding.attribute.name
    steps = [] if finding.gap_sources is None else finding.gap_sources.steps
    rates = [
        *finding.assessment.errors,
        *finding.rates,
        *(item.error for item in finding.reliability),
        *(rate for step in steps if step.name in ("labels", "ranking") for rate in step.rates),
    ]
    suppressed = {size.group for size in finding.assessment.sizes if size.suppressed}
    for rate in rates:
        for row in _of_rate(rate, reference):
            yield {
                "family": family.name,
                "attribute": name,
                "suppressed": rate.group in suppressed,
            } | row
    for row in _tests(family, finding):
        yield {"family": family.name, "attribute": name} | row


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
        estimate = rate.found.get(comparison)
        if estimate is None and comparison != "value":
            continue
        against = reference if comparison.endswith("reference") else ""
        yield (
            fields
            | {"comparison": comparison, "reference": against}
            | _numbers(estimate, rate.reason)
        )


def _numbers(estimate: Estimate | None, reason: str) -> dict[str, Any]:
    if estimate is None:
        return {"value": math.nan, "ci_low": math.nan, "ci_high": math.nan, "reason": reason}
    return estimate.model_dump(include={"value", "ci_low", "ci_high"}) | {"reason": estimate.note}


def _tests(family: FamilyResult, finding: Finding) -> Iterator[dict[str, Any]]:
    assessment, name = finding.assessment, finding.attribute.name
    metric = assessment.errors[0].metric if assessment.errors else ""
    spread = None if assessment.test is None else assessment.test.spread
    yield _test(
        finding, metric, "", spread, assessment.test, family.errors.get(name), assessment.reason
    )
    for item in finding.parity:
        of_class = "" if item.largest is None else item.largest.of_class or ""
        difference = None if item.largest is None else item.largest.difference
        yield _test(
            finding,
            item.criterion.name,
            of_class,
            difference,
            item.test,
            family.parity.get((name, item.criterion.name)),
            item.reason,
        )
    for step in [] if finding.gap_sources is None else finding.gap_sources.steps:
        of_class = "" if step.largest is None else step.largest.of_class or ""
        difference = None if step.largest is None else step.largest.difference
        yield _test(
            finding,
            f"gap sources: {step.name}",
            of_class,
            difference,
            step.test,
            family.steps.get((name, step.name)),
            step.reason,
        )


def _test(
    finding: Finding,
    metric: str,
    of_class: str,
    difference: float | None,
    test: PermutationTest | None,
    adjusted: float | None,
    reason: str,
) -> dict[str, Any]:
    sizes = finding.assessment.sizes
    return {
        "group": "",
        "n": sum(size.num_rows for size in sizes),
        "num_entities": finding.assessment.num_entities,
        "metric": metric,
        "class": of_class,
        "comparison": LARGEST_DIFFERENCE,
        "reference": "",
        "value": math.nan if difference is None else difference,
        "ci_low": math.nan,
        "ci_high": math.nan,
        "p_value": math.nan if test is None else test.p_value,
        "p_adjusted": math.nan if adjusted is None else adjusted,
        "suppressed": False,
        "reason": reason,
    }
