"""Whether the model passes tests that anybody would: the capability that surely fails most."""

from __future__ import annotations

from collections.abc import Sequence

from shared.evaluation.claims import Part, Promise, decided_by
from shared.formatting import format_count, format_interval, format_value, shorten
from shared.run.artefacts.metrics.behaviour_entries import CapabilityEntry
from shared.run.artefacts.report.verdict import Verdict
from shared.verdicts.findings import Findings
from shared.verdicts.thresholds import STATUS_OF_CLAIM

__all__ = ["judge_behaviours"]


def judge_behaviours(findings: Findings) -> list[Verdict]:
    """One verdict where there are behaviour tests of minimum functionality."""
    table = findings.metrics.behaviours
    known = [
        entry
        for entry in (table.capabilities if table else ())
        if entry.kind == "minimum functionality" and entry.value is not None
    ]
    return [_judge(known, findings.fairness.margin)] if known else []


def _judge(known: Sequence[CapabilityEntry], margin: float) -> Verdict:
    promise = Promise(high=0.0, epsilon=margin)
    worst = decided_by([_part(entry, promise, len(known)) for entry in known], promise)
    size = next(entry.n for entry in known if entry.capability == worst.name)
    interval = worst.interval
    between = f" ({format_interval(interval.low, interval.high, 'share')})" if interval else ""
    failed = format_value(worst.value, "share")
    failing = f"{failed}{between} of {format_count(size)} rows"
    matters = f"up to {format_value(margin, 'share')} would not matter"
    named = shorten(worst.name)
    answers = {"shown": "Yes, all of them", "contradicted": f"Least at {worst.name}"}
    return Verdict(
        id="behaviours",
        question="Does it pass tests that anybody would?",
        status=STATUS_OF_CLAIM[worst.claim],
        answer=answers.get(worst.claim, f"Not shown at {worst.name}"),
        numbers=f"{named}: {failed} fail, n = {format_count(size)}",
        detail=f"{failing} about {worst.name} fail; {matters}",
        section="behaviours",
    )


def _part(entry: CapabilityEntry, promise: Promise, num_parts: int) -> Part:
    return Part(
        name=entry.capability,
        value=entry.value or 0.0,
        interval=entry.interval,
        claim=promise.judge(entry.interval, num_parts=num_parts),
    )
