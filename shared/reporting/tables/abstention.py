"""What happens in service: how many inputs the deployed model hands on to a person, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.evaluation.claims import Promise
from shared.reporting.artefacts import Artefacts
from shared.reporting.cells import TONES, as_interval, interval_of
from shared.reporting.formatting import format_count, format_plain, format_value
from shared.reporting.page import Tone, Verdict
from shared.targets import Categories

__all__ = ["describe_abstention", "judge_service"]

_QUESTION = "What happens in service?"
_FEW_ANSWERS = 0.5
"""A model that answers fewer inputs leaves most of the work."""


def describe_abstention(abstention: Mapping[str, Any]) -> str:
    """What the rule asks for and what it does on the test split, as sentences."""
    if abstention["threshold"] is None:
        reason = abstention["why_always"] or "no threshold was chosen"
        return f"The deployed model hands on every input to a person: {reason}."
    requested = format_value(abstention["requested_error_share"], "share")
    answered = abstention["answered"]
    errors = abstention["error_share"]
    threshold = format_plain(abstention["threshold"], 3)
    share_answered = format_value(answered["value"], "share")
    said = (
        f"Asked for at most {requested} errors among answers, the deployed model hands on inputs of"
        f" confidence below {threshold} to a person. On the test split it answers {share_answered}"
        f" of {format_count(answered['n'])} rows"
    )
    if not errors["n"]:
        return f"{said}."
    share_wrong = format_value(errors["value"], "share")
    return (
        f"{said} and errs in {share_wrong} ({interval_of(errors, 'share')}) of the"
        f" {format_count(errors['n'])} answers."
    )


def judge_service(artefacts: Artefacts) -> list[Verdict]:
    """The card of the summary; forecasts have none, for they always answer."""
    if not isinstance(artefacts.target, Categories):
        return []
    abstention = artefacts.metrics.get("abstention")
    if abstention is None:
        nothing = "no rule is chosen for what is handed on"
        return [Verdict(_QUESTION, "It answers every input", "muted", nothing, "decisions")]
    return [Verdict(_QUESTION, *_judge(abstention), "decisions")]


def _judge(abstention: Mapping[str, Any]) -> tuple[str, Tone, str]:
    """Answer, tone and detail."""
    if abstention["threshold"] is None:
        reason = abstention["why_always"] or "no threshold was chosen"
        return "It hands on every input", "bad", reason
    share = abstention["answered"]["value"]
    if share == 0.0:
        nothing = "no row of the test split reaches the confidence for an answer"
        return "It hands on every input", "bad", nothing
    errors = abstention["error_share"]
    requested = abstention["requested_error_share"]
    interval = as_interval(errors)
    claim = Promise(high=requested).judge(interval)
    answer = f"It hands on {format_value(1.0 - share, 'share')} of inputs"
    wrong = f"{format_value(errors['value'], 'share')} ({interval_of(errors, 'share')})"
    asked = f"at most {format_value(requested, 'share')} asked for"
    detail = f"of its answers {wrong} are wrong, {asked}: {claim}"
    tone = TONES[claim]
    return answer, "warn" if share < _FEW_ANSWERS and tone == "good" else tone, detail
