"""Whether explanations tell what the model looks at."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.run.artefacts.report.verdict import ReaderQuestion, Status, Verdict
from shared.verdicts.explanation_trust import TrustStatus, judge_explanations
from shared.verdicts.findings import Findings

__all__ = ["judge_explained"]

_QUESTION = ReaderQuestion("explanations", "Do explanations tell the truth?", "explanations")

_ANSWERS: Mapping[TrustStatus, tuple[str, Status]] = MappingProxyType(
    {
        "trust": ("Yes, on these examples", "shown"),
        "use with care": ("Use with care", "care"),
        "do not use": ("No: do not use", "contradicted"),
    }
)


def judge_explained(findings: Findings) -> Verdict:
    """What all checks of the explanations allow together."""
    trust = judge_explanations(findings.explanations)
    if trust is None:
        nothing = "no example was explained"
        return _QUESTION.answered("Not known", "unknown", nothing, nothing)
    num_held = sum(part.status == "trust" for part in trust.parts)
    numbers = f"{num_held} of {len(trust.parts)} checks hold"
    if trust.status != "trust":
        numbers = f"{numbers}; {trust.deciding[0].found}"
    return _QUESTION.answered(*_ANSWERS[trust.status], numbers, trust.reason)
