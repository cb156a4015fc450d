"""Whether groups of people, and conditions, are served equally well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from shared.contract import UNKNOWN
from shared.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    humanise,
    shorten,
)
from shared.run.artefacts.fairness.record import About, AttributeRecord, GroupRecord
from shared.run.artefacts.report.verdict import ReaderQuestion, Verdict
from shared.statistics.intervals import Estimate
from shared.verdicts.findings import Findings, metric_unit
from shared.verdicts.parts import group_name

__all__ = ["judge_groups"]

_QUESTIONS: Mapping[About, ReaderQuestion] = MappingProxyType(
    {
        "people": ReaderQuestion("groups_of_people", "Equally good for all groups?", "fairness"),
        "conditions": ReaderQuestion(
            "groups_of_conditions", "Equally reliable in all conditions?", "fairness"
        ),
    }
)


def judge_groups(findings: Findings) -> list[Verdict]:
    """One answer for people's groups, one for conditions, as far as the data names any."""
    entries = findings.fairness.attributes
    if not entries:
        nothing = "the data names no groups"
        return [_QUESTIONS["people"].answered("Not known", "unknown", nothing, nothing)]
    families = ((about, [one for one in entries if one.about == about]) for about in _QUESTIONS)
    return [_judge_family(findings, about, members) for about, members in families if members]


def _judge_family(findings: Findings, about: About, entries: Sequence[AttributeRecord]) -> Verdict:
    """The answer for attributes that are tested together."""
    counts = {
        verdict: sum(entry.verdict == verdict for entry in entries)
        for verdict in ("gap found", "equivalent within ε", "inconclusive", "not enough data")
    }
    detail = ", ".join(f"{verdict}: {number}" for verdict, number in counts.items() if number)
    largest = _largest_gap(findings, entries)
    if counts["gap found"]:
        found = [entry for entry in entries if entry.verdict == "gap found"]
        named = ", ".join(humanise(entry.attribute, capital=False) for entry in found)
        largest = _largest_gap(findings, found)
        return _QUESTIONS[about].answered(f"No: {named}", "contradicted", largest or detail, detail)
    if counts["inconclusive"]:
        possible = _still_possible(findings, entries)
        return _QUESTIONS[about].answered("Inconclusive", "care", possible, f"{detail}; {possible}")
    if not counts["equivalent within ε"]:
        return _QUESTIONS[about].answered("Not known", "unknown", detail, detail)
    margin = _points(findings, findings.fairness.margin)
    left_out = _left_out(entries)
    if left_out:
        detail = f"{detail}; not tested: {', '.join(left_out)}"
    if left_out or counts["not enough data"]:
        answer = f"Within {margin}, where it could be tested"
        return _QUESTIONS[about].answered(answer, "unknown", largest or detail, detail)
    return _QUESTIONS[about].answered(f"Yes, within {margin}", "shown", largest or detail, detail)


def _largest_gap(findings: Findings, entries: Sequence[AttributeRecord]) -> str:
    """The group whose error is surely furthest above the rest's; empty if no gap is known."""
    metric = findings.fairness.metric
    gaps = [
        (entry, group, group.gaps[metric])
        for entry in entries
        for group in entry.groups
        if metric in group.gaps and group.gaps[metric].value is not None
    ]
    if not gaps:
        return ""
    return _describe_gap(findings, *max(gaps, key=lambda found: _sure(found[2])))


def _sure(gap: Estimate) -> tuple[float, float]:
    """What is surely lost, then what is lost."""
    value = gap.value or 0.0
    return (value if gap.ci_low is None else gap.ci_low), value


def _describe_gap(
    findings: Findings, entry: AttributeRecord, group: GroupRecord, gap: Estimate
) -> str:
    unit = metric_unit(findings.fairness.metric, findings)
    size = format_difference(gap.value, unit)
    interval = format_difference_interval(gap.ci_low, gap.ci_high, unit)
    metric = humanise(findings.fairness.metric, capital=False)
    named = group_name(entry, group.group)
    between = interval.removesuffix(" points")
    return f"{shorten(named)}: {metric} {size} ({between}), n = {format_count(group.n)}"


def _left_out(entries: Sequence[AttributeRecord]) -> list[str]:
    """Groups that no test speaks of: a verdict on the others is none on them."""
    return [
        group_name(entry, group.group)
        for entry in entries
        for group in entry.groups
        if group.group != UNKNOWN and (group.reason or group.not_tested)
    ]


def _still_possible(findings: Findings, entries: Sequence[AttributeRecord]) -> str:
    """Finding no gap is not finding none: how large a gap the data could have missed."""
    gaps = [entry.largest_compatible_gap for entry in entries]
    known = [gap for gap in gaps if gap is not None]
    if not known:
        return "not proof of none"
    return f"gaps up to {_points(findings, max(known))} still possible"


def _points(findings: Findings, gap: float) -> str:
    """A gap of the fairness stage's metric, without its sign."""
    unit = metric_unit(findings.fairness.metric, findings)
    return format_difference(gap, unit).removeprefix("+")
