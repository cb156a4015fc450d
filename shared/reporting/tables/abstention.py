"""How many inputs the deployed model hands on to a person, and why."""

from __future__ import annotations

from shared.formatting import format_count, format_plain, format_value
from shared.reporting.cells import interval_of
from shared.run.artefacts.metrics.decision_entries import Abstention
from shared.verdicts.service import why_always

__all__ = ["describe_abstention"]


def describe_abstention(abstention: Abstention) -> str:
    """What the rule asks for and what it does on the test split, as sentences."""
    answered = abstention.answered
    errors = abstention.error_share
    if abstention.threshold is None or answered is None or errors is None:
        return f"The deployed model hands on every input to a person: {why_always(abstention)}."
    requested = format_value(abstention.requested_error_share, "share")
    threshold = format_plain(abstention.threshold, 3)
    share_answered = format_value(answered.value, "share")
    said = (
        f"Asked for at most {requested} errors among answers, the deployed model hands on inputs of"
        f" confidence below {threshold} to a person. On the test split it answers {share_answered}"
        f" of {format_count(answered.n)} rows"
    )
    if not errors.n:
        return f"{said}."
    share_wrong = format_value(errors.value, "share")
    return (
        f"{said} and errs in {share_wrong} ({interval_of(errors, 'share')}) of the"
        f" {format_count(errors.n)} answers."
    )
