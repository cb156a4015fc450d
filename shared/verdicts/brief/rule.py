"""Use it, use it with care, or not yet: the worst verdict decides.

"Not yet" if any verdict is contradicted; "use it with care" if any is not shown, or not known; else
"use it". No verdict weighs against another: a good answer does not make up for a bad one.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.formatting import format_count
from shared.run.artefacts.report.brief import Decision
from shared.run.artefacts.report.verdict import Status, Verdict
from shared.verdicts.thresholds import MARKS

__all__ = ["decide", "reason_for"]


def decide(verdicts: Sequence[Verdict]) -> Decision:
    """The decision on all verdicts of a run; without any nothing is shown."""
    found = {verdict.status for verdict in verdicts}
    if "contradicted" in found:
        return "not yet"
    return "use it" if found == {"shown"} else "use it with care"


def reason_for(verdicts: Sequence[Verdict]) -> str:
    """How many answers made it so, with their marks."""
    blamed: tuple[Status, ...] = ("care", "unknown")
    if decide(verdicts) == "not yet":
        blamed = ("contradicted",)
    if decide(verdicts) == "use it":
        blamed = ("shown",)
    number = sum(verdict.status in blamed for verdict in verdicts)
    marks = " or ".join(MARKS[status] for status in blamed)
    total = format_count(len(verdicts))
    return f"{format_count(number)} of {total} answers below are {marks}; the worst decides."
