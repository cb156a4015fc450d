"""What happens in service: how many inputs are handed on, and how many answers are wrong.

Few of all answers may be wrong while all of one class are, so the worst part decides.
"""

from __future__ import annotations

from shared.evaluation.claims import Part, Promise
from shared.formatting import format_value
from shared.run.artefacts.metrics.decision_entries import Abstention
from shared.run.artefacts.report.verdict import ReaderQuestion, Verdict
from shared.targets import Categories
from shared.verdicts.findings import Findings
from shared.verdicts.parts import POOL, Parts, group_rates, withheld_groups
from shared.verdicts.thresholds import FEW_ANSWERS, STATUS_OF_CLAIM

__all__ = ["judge_service", "why_always"]

_QUESTION = ReaderQuestion("service", "What happens in service?", "decisions")


def judge_service(findings: Findings) -> list[Verdict]:
    """Of decisions; forecasts have no such verdict, for they always answer."""
    if not isinstance(findings.target, Categories):
        return []
    abstention = findings.metrics.abstention
    if abstention is None:
        nothing = "no rule is chosen for what is handed on"
        return [_QUESTION.answered("It answers every input", "unknown", nothing, nothing)]
    if abstention.threshold is None or abstention.answered is None:
        why = why_always(abstention)
        return [_QUESTION.answered("It hands on every input", "contradicted", "no threshold", why)]
    if not abstention.answered.value:
        nothing = "no row of the test split reaches the confidence for an answer"
        return [_QUESTION.answered("It hands on every input", "contradicted", nothing, nothing)]
    return [_judge(findings, abstention, abstention.answered.value)]


def why_always(abstention: Abstention) -> str:
    """Why a model hands on every input, as a clause."""
    return abstention.why_always or "no threshold was chosen"


def _judge(findings: Findings, abstention: Abstention, share: float) -> Verdict:
    parts = _answers(findings, abstention)
    requested = parts.promise.high
    worst = parts.worst
    answer = f"It hands on {format_value(1.0 - share, 'share')} of inputs"
    status = STATUS_OF_CLAIM[worst.claim]
    if status == "shown" and not parts.are_all_judged:
        status = "unknown"
    if status != "contradicted" and share < FEW_ANSWERS:
        status = "care"
    asked = f"asked ≤ {format_value(requested, 'share')}"
    numbers = f"wrong of {parts.brief}; {asked}"
    return _QUESTION.answered(answer, status, numbers, _describe(parts, worst, requested))


def _answers(findings: Findings, abstention: Abstention) -> Parts:
    """The share of answers that are wrong: of all, of each true class and of each group."""
    parts = Parts.about(findings, Promise(high=abstention.requested_error_share or 0.0))
    errors = abstention.error_share
    parts.add(POOL, errors, num_rows=None if errors is None else errors.n)
    for item in abstention.classes:
        parts.add(item.name, item, num_rows=item.n)
    for name, share, num_rows in group_rates(findings, "error_of_answers"):
        parts.add(name, share, num_rows=num_rows)
    parts.left_out.extend(withheld_groups(findings))
    return parts


def _describe(parts: Parts, worst: Part, requested: float) -> str:
    """The part that decides, beside all answers and what was asked for."""
    asked = f"at most {format_value(requested, 'share')} asked for: {worst.claim}"
    pool = f"of its answers {parts.numbers(POOL)} are wrong, {asked}"
    if worst.name == POOL:
        return f"{pool}{parts.unknown}"
    return f"{pool} for {worst.name}, {parts.numbers(worst.name)}{parts.unknown}"
