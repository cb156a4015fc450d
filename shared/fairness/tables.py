"""Assessments as JSON entries, sentences and a tidy table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from shared.contract import UNKNOWN
from shared.evaluation.intervals import Estimate
from shared.evaluation.number import estimate_fields
from shared.fairness.assessment import Assessment, Verdict, judge
from shared.fairness.attributes import Attribute
from shared.fairness.disaggregate import GroupSize

__all__ = ["attribute_entry", "tidy_groups"]

_COLUMNS = {
    "attribute": "str",
    "group": "str",
    "n": "int64",
    "num_entities": "int64",
    "metric": "str",
    "value": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "suppressed": "bool",
}


def attribute_entry(
    attribute: Attribute, found: Assessment | None, adjusted: float | None, metric: str, alpha: float, problem: str
) -> dict[str, Any]:
    """One attribute of `fairness.json`.

    Args:
        attribute: What it is.
        found: What was measured; None if nothing could be.
        adjusted: The test's p-value after adjustment for the family; None without a test.
        metric: The metric that is tested.
        alpha: Family-wise level.
        problem: Why nothing could be measured on any attribute; empty if something could.
    """
    entry: dict[str, Any] = {"attribute": attribute.name, "remarks": list(attribute.remarks)}
    if found is None:
        note = attribute.note or problem
        return (
            entry
            | {"note": note, "verdict": "insufficient evidence", "explanation": note, "groups": [], "spread": None}
            | _extremes(None, "")
        )
    note = attribute.note or found.reason
    verdict = judge(found, adjusted, metric, alpha)
    return entry | {
        "note": note,
        "verdict": verdict,
        "explanation": _explanation(found, verdict, adjusted, metric, note),
        "groups": [_group_entry(size, found) for size in found.sizes],
        "spread": _spread_entry(found, adjusted, metric),
        **_extremes(found, metric),
    }


def tidy_groups(assessments: Mapping[str, Assessment], metrics: tuple[str, ...]) -> pd.DataFrame:
    """`fairness.parquet`: one row per attribute, group and metric; numbers of suppressed groups are NaN."""
    rows = [
        (
            name,
            size.group,
            size.num_rows,
            size.num_entities,
            metric,
            *_triple(found.values.get((metric, size.group))),
            bool(size.suppressed),
        )
        for name, found in assessments.items()
        for size in found.sizes
        for metric in metrics
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def _triple(estimate: Estimate | None) -> tuple[float, float, float]:
    if estimate is None:
        return math.nan, math.nan, math.nan
    interval = estimate.interval
    return (estimate.value, math.nan, math.nan) if interval is None else (estimate.value, interval.low, interval.high)


def _group_entry(size: GroupSize, found: Assessment) -> dict[str, Any]:
    def of(estimates: Mapping[tuple[str, str], Estimate]) -> dict[str, Any]:
        return {metric: estimate_fields(estimate) for (metric, group), estimate in estimates.items() if group == size.group}

    case_mix = found.case_mix.get(size.group)
    return {
        "group": size.group,
        "n": size.num_rows,
        "num_entities": size.num_entities,
        "suppressed": bool(size.suppressed),
        "reason": size.suppressed,
        "metrics": of(found.values),
        "gaps": of(found.gaps),
        "case_mix_gap": None if case_mix is None else estimate_fields(case_mix),
    }


def _spread_entry(found: Assessment, adjusted: float | None, metric: str) -> dict[str, Any] | None:
    if found.test is None:
        return None
    return {
        "metric": metric,
        "value": found.test.spread,
        "p_value": found.test.p_value,
        "p_adjusted": adjusted,
        "permutations": found.test.permutations,
    }


def _extremes(found: Assessment | None, metric: str) -> dict[str, Any]:
    """The group with the highest error, and the largest gap of either sign that the intervals leave possible."""
    known = [] if found is None else [(v.value, g) for (m, g), v in found.values.items() if m == metric and g != UNKNOWN]
    gaps = [] if found is None else [gap.interval for (m, _), gap in found.gaps.items() if m == metric]
    reaches = [max(abs(interval.low), abs(interval.high)) for interval in gaps if interval is not None]
    return {
        "worst_group": max(known)[1] if len(known) > 1 else None,
        "largest_compatible_gap": max(reaches) if reaches and len(reaches) == len(gaps) else None,
    }


def _explanation(found: Assessment, verdict: Verdict, adjusted: float | None, metric: str, note: str) -> str:
    if found.test is None or adjusted is None:
        return note
    numbers = f"largest minus smallest {metric} {found.test.spread:.3f}, permutation p = {found.test.p_value:.3f}, adjusted {adjusted:.3f}"
    extremes = _extremes(found, metric)
    reach = extremes["largest_compatible_gap"]
    still = "" if reach is None else f" Gaps of up to {reach:.3f} against the rest are compatible with these data."
    match verdict:
        case "gap found":
            return f"The groups differ ({numbers}). The highest error is that of {extremes['worst_group']!r}."
        case "inconclusive":
            return f"There are signs of a gap, but not beyond what looking at several groups makes likely ({numbers}).{still}"
        case _:
            return f"No gap was found ({numbers}), which is not proof that there is none.{still}"
