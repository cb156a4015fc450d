"""What happens in service: how many inputs are handed on, and how many answers are wrong.

Few of all answers may be wrong while all of one class are, so the worst part decides.
"""

from __future__ import annotations

from shared.evaluation.claims import Part, Promise
from shared.reporting.artefacts import Artefacts
from shared.reporting.cards.parts import POOL, Parts, group_rates, withheld_groups
from shared.reporting.cells import TONES
from shared.reporting.formatting import format_value
from shared.reporting.page import Tone, Verdict
from shared.reporting.tables.abstention import why_always
from shared.run.artefacts.metrics.decision_entries import Abstention
from shared.targets import Categories

__all__ = ["judge_service"]

_QUESTION = "What happens in service?"
_FEW_ANSWERS = 0.5
"""A model that answers fewer inputs leaves most of the work."""


def judge_service(artefacts: Artefacts) -> list[Verdict]:
    """The card of the summary; forecasts have none, for they always answer."""
    if not isinstance(artefacts.target, Categories):
        return []
    abstention = artefacts.metrics.abstention
    if abstention is None:
        nothing = "no rule is chosen for what is handed on"
        return [Verdict(_QUESTION, "It answers every input", "muted", nothing, "decisions")]
    return [Verdict(_QUESTION, *_judge(artefacts, abstention), "decisions")]


def _judge(artefacts: Artefacts, abstention: Abstention) -> tuple[str, Tone, str]:
    """Answer, tone and detail."""
    if abstention.threshold is None or abstention.answered is None:
        return "It hands on every input", "bad", why_always(abstention)
    share = abstention.answered.value or 0.0
    if share == 0.0:
        nothing = "no row of the test split reaches the confidence for an answer"
        return "It hands on every input", "bad", nothing
    requested = abstention.requested_error_share or 0.0
    parts = _answers(artefacts, abstention)
    worst = parts.worst(Promise(high=requested), artefacts.metrics.confidence)
    answer = f"It hands on {format_value(1.0 - share, 'share')} of inputs"
    tone = TONES[worst.claim]
    if tone == "good" and parts.left_out:
        tone = "muted"
    if tone != "bad" and share < _FEW_ANSWERS:
        tone = "warn"
    return answer, tone, _describe(parts, worst, requested)


def _answers(artefacts: Artefacts, abstention: Abstention) -> Parts:
    """The share of answers that are wrong: of all, of each true class and of each group."""
    parts = Parts()
    errors = abstention.error_share
    parts.add(POOL, errors, num_rows=None if errors is None else errors.n)
    for item in abstention.classes:
        parts.add(item.name, item, num_rows=item.n)
    for name, share, num_rows in group_rates(artefacts, "error_of_answers"):
        parts.add(name, share, num_rows=num_rows)
    parts.left_out.extend(withheld_groups(artefacts))
    return parts


def _describe(parts: Parts, worst: Part, requested: float) -> str:
    """The part that decides, beside all answers and what was asked for."""
    asked = f"at most {format_value(requested, 'share')} asked for: {worst.claim}"
    pool = f"of its answers {parts.numbers(POOL)} are wrong, {asked}"
    if worst.name == POOL:
        return f"{pool}{parts.unknown}"
    return f"{pool} for {worst.name}, {parts.numbers(worst.name)}{parts.unknown}"
