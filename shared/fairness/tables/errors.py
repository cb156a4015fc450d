"""The errors of one attribute as JSON entries and sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.contract import UNKNOWN
from shared.fairness.gaps.assessment import Adjusted, Assessment, Verdict, judge
from shared.fairness.gaps.comparison import Comparison
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.disaggregate import GroupSize
from shared.fairness.groups.suppression import COMPANION
from shared.statistics.equivalence import GapPower
from shared.statistics.intervals import number_or_none

__all__ = ["Asked", "attribute_entry"]


@dataclass(frozen=True)
class Asked:
    """What verdicts are about: the tested metric, the level of the family, and the margin below which gaps do not matter."""

    metric: str
    alpha: float
    margin: float


def attribute_entry(
    attribute: Attribute,
    problem: str,
    found: Assessment | None,
    adjusted: Adjusted | None,
    asked: Asked,
) -> dict[str, Any]:
    """One attribute of `fairness.json`.

    Args:
        attribute: What it is.
        problem: Why nothing could be measured on any attribute; empty if something could.
        found: What was measured; None if nothing could be.
        adjusted: The p-values after adjustment for the family; None without a test.
        asked: What the verdict is about.
    """
    entry: dict[str, Any] = {
        "attribute": attribute.name,
        "about": attribute.about,
        "remarks": list(attribute.remarks),
    }
    if found is None:
        note = attribute.note or problem
        nothing: dict[str, Any] = {
            "verdict": "not enough data",
            "groups": [],
            "spread": None,
            "equivalence": None,
            "reference": None,
        }
        return entry | nothing | {"note": note, "explanation": note} | _extremes(None, asked)
    note = attribute.note or found.reason
    verdict = judge(found, adjusted, asked.alpha)
    return entry | {
        "note": note,
        "remarks": [
            *attribute.remarks,
            *_companions(found),
            *([found.reference.problem] if found.reference.problem else []),
        ],
        "reference": {"group": found.reference.group, "is_named": found.reference.is_named},
        "verdict": verdict,
        "explanation": _explanation(found, verdict, adjusted, asked, note),
        "groups": [_group_entry(size, found) for size in found.sizes],
        "spread": _spread_entry(found, adjusted, asked.metric),
        "equivalence": _equivalence_entry(found, adjusted, asked.margin),
        **_extremes(found, asked),
    }


def _companions(found: Assessment) -> list[str]:
    names = [size.group for size in found.sizes if size.suppressed == COMPANION]
    return [f"{', '.join(names)}: {COMPANION}."] if names else []


_FIELDS: dict[str, Comparison] = {
    "metrics": "value",
    "gaps": "gap to rest",
    "ratios": "ratio to rest",
    "reference_gaps": "gap to reference",
    "reference_ratios": "ratio to reference",
}
"""Field of `fairness.json` -> what it holds, by metric."""


def _group_entry(size: GroupSize, found: Assessment) -> dict[str, Any]:
    rates = [rate for rate in found.errors if rate.group == size.group]
    case_mix = found.case_mix.get(size.group)
    return {
        "group": size.group,
        "n": size.num_rows,
        "num_entities": size.num_entities,
        "suppressed": bool(size.suppressed),
        "reason": size.suppressed,
        **{
            field: {
                rate.metric: rate.found[comparison].model_dump()
                for rate in rates
                if comparison in rate.found
            }
            for field, comparison in _FIELDS.items()
        },
        "case_mix_gap": None if case_mix is None else case_mix.model_dump(),
        "power": _power_entry(found.power.get(size.group)),
    }


def _power_entry(power: GapPower | None) -> dict[str, Any] | None:
    if power is None:
        return None
    return {
        "standard_error": number_or_none(power.standard_error),
        "equivalence_p_value": power.equivalence_p_value,
        "smallest_detectable_gap": number_or_none(power.smallest_detectable),
        "rows_needed": power.rows_needed,
    }


def _equivalence_entry(
    found: Assessment, adjusted: Adjusted | None, margin: float
) -> dict[str, Any] | None:
    if adjusted is None:
        return None
    return {
        "margin": margin,
        "p_value": found.equivalence_p_value,
        "p_adjusted": adjusted.equivalence,
    }


def _spread_entry(
    found: Assessment, adjusted: Adjusted | None, metric: str
) -> dict[str, Any] | None:
    if found.test is None or adjusted is None:
        return None
    return {
        "metric": metric,
        "value": found.test.spread,
        "p_value": found.test.p_value,
        "p_adjusted": adjusted.gap,
        "p_adjusted_discovery": adjusted.gap_discovery,
        "permutations": found.test.permutations,
    }


def _extremes(found: Assessment | None, asked: Asked) -> dict[str, Any]:
    """The group with the highest error, and the least that is known of any gap.

    `largest_compatible_gap`, of either sign, is what the intervals leave possible;
    `smallest_detectable_gap` is what would have been found for every group; `rows_needed` would
    settle the question for every group.
    """
    values = {} if found is None else found.of("value", asked.metric)
    known = [
        (estimate.value, group)
        for group, estimate in values.items()
        if group != UNKNOWN and estimate.value is not None
    ]
    gaps = (
        []
        if found is None
        else [gap.interval for gap in found.of("gap to rest", asked.metric).values()]
    )
    reaches = [
        max(abs(interval.low), abs(interval.high)) for interval in gaps if interval is not None
    ]
    power = [] if found is None else list(found.power.values())
    rows = [item.rows_needed for item in power if item.rows_needed is not None]
    detectable = max((item.smallest_detectable for item in power), default=math.nan)
    return {
        "worst_group": max(known)[1] if len(known) > 1 else None,
        "worst": values[max(known)[1]].model_dump() if len(known) > 1 else None,
        "largest_compatible_gap": max(reaches) if reaches and len(reaches) == len(gaps) else None,
        "smallest_detectable_gap": number_or_none(detectable),
        "rows_needed": max(rows) if rows and len(rows) == len(power) else None,
    }


def _explanation(
    found: Assessment, verdict: Verdict, adjusted: Adjusted | None, asked: Asked, note: str
) -> str:
    if found.test is None or adjusted is None:
        return note
    p_values = f"permutation p = {found.test.p_value:.3f}, adjusted {adjusted.gap:.3f}"
    numbers = f"largest minus smallest {asked.metric} {found.test.spread:.3f}, {p_values}"
    extremes = _extremes(found, asked)
    reach, detectable, rows = (
        extremes[name]
        for name in ("largest_compatible_gap", "smallest_detectable_gap", "rows_needed")
    )
    still = (
        ""
        if reach is None
        else f" Gaps of up to {reach:.3f} against the rest are compatible with these data."
    )
    shown = (
        f"every gap is shown to be below ε = {asked.margin:g} (two one-sided tests, adjusted p ="
        f" {adjusted.equivalence:.3f})"
    )
    match verdict:
        case "gap found":
            small = f" Yet {shown}." if adjusted.equivalence <= asked.alpha else ""
            return (
                f"The groups differ ({numbers}). The highest error is that of"
                f" {extremes['worst_group']!r}: {_worst(extremes)}.{small}"
            )
        case "equivalent within ε":
            hidden = (
                " This says nothing about suppressed groups."
                if any(size.suppressed for size in found.sizes)
                else ""
            )
            return f"No gap was found ({numbers}), and {shown}.{hidden}"
        case _:
            signs = (
                "There are signs of a gap, but not beyond chance"
                if _has_signs(found, asked)
                else "No gap was found"
            )
            power = (
                ""
                if detectable is None
                else f" Gaps below {detectable:.3f} would likely have been missed."
            )
            needed = (
                ""
                if rows is None
                else (
                    f" About {rows:,} examples would settle whether gaps reach ε ="
                    f" {asked.margin:g}."
                )
            )
            return f"{signs} ({numbers}), nor is it shown that there is none.{still}{power}{needed}"


def _worst(extremes: Mapping[str, Any]) -> str:
    worst = extremes["worst"]
    known = worst["ci_low"] is not None
    return f"{worst['value']:.3f}" + (
        f" ({worst['ci_low']:.3f} to {worst['ci_high']:.3f})" if known else ""
    )


def _has_signs(found: Assessment, asked: Asked) -> bool:
    """Whether the test or any group's own interval speaks of a gap, before the family is taken into account."""
    intervals = [gap.interval for gap in found.of("gap to rest", asked.metric).values()]
    excludes_zero = any(
        interval is not None and not interval.low <= 0.0 <= interval.high for interval in intervals
    )
    return excludes_zero or (found.test is not None and found.test.p_value <= asked.alpha)
