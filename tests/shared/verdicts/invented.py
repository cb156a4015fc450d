"""Cards of the summary, and what they are made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.run.artefacts.fairness.record import AttributeRecord
from shared.run.artefacts.report.verdict import Verdict
from shared.statistics.shares import ShareEstimate
from shared.verdicts.checklist import judge_run
from tests.shared.changed import changed

__all__ = ["NO_ROWS", "card_of", "share_of", "with_attribute", "with_metrics"]

NO_ROWS = ShareEstimate(value=None, n=0, num_entities=0)
"""A share of nothing."""


def card_of(artefacts: Artefacts, question: str) -> Verdict:
    """The card that answers a question."""
    (card,) = (item for item in judge_run(artefacts) if item.question == question)
    return card


def share_of(value: float, low: float, high: float, n: int = 200) -> ShareEstimate:
    """An estimate of a share of `n` rows."""
    return ShareEstimate(value=value, ci_low=low, ci_high=high, n=n, num_entities=n)


def with_metrics(artefacts: Artefacts, **fields: Any) -> Artefacts:
    """Other numbers of the evaluate stage."""
    return replace(artefacts, metrics=changed(artefacts.metrics, **fields))


def with_attribute(artefacts: Artefacts, attribute: AttributeRecord) -> Artefacts:
    """One attribute instead of all others."""
    return replace(artefacts, fairness=changed(artefacts.fairness, attributes=[attribute]))
