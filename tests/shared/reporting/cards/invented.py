"""Cards of the summary, and shares to be put into what they are made of."""

from __future__ import annotations

from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.page import Verdict
from shared.reporting.sections.verdicts import view_verdicts

__all__ = ["card_of", "share_of"]


def card_of(artefacts: Artefacts, question: str) -> Verdict:
    """The card that answers a question."""
    (card,) = (item for item in view_verdicts(artefacts) if item.question == question)
    return card


def share_of(value: float, low: float, high: float, n: int = 200) -> dict[str, Any]:
    """An estimate of a share of `n` rows."""
    return {"value": value, "ci_low": low, "ci_high": high, "n": n}
