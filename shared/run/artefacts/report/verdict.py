"""Block of `report.json`: one question that a reader brings, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.block import Block

__all__ = ["ReaderQuestion", "Status", "Verdict"]

Status = Literal["shown", "care", "unknown", "contradicted"]
"""What the numbers say of a claim, from best to worst: it is shown to hold; it may or may not hold,
or holds with a reservation; nothing, or not enough, is known; it is shown not to hold."""


class Verdict(Block):
    """One answer, worded no stronger than the numbers behind it.

    Attributes:
        id: Short name, by which rules of a gate refer to it.
        question: In words.
        status: What the numbers say; the worst part decides.
        answer: In a few words.
        numbers: The counts, interval and size behind it, as short as can be.
        detail: The same in a sentence or two, with what was asked for.
        section: Anchor of the section of the report that shows more.
    """

    id: str
    question: str
    status: Status
    answer: str
    numbers: str
    detail: str
    section: str


@dataclass(frozen=True)
class ReaderQuestion:
    """A question whose answers are verdicts; attributes are those of `Verdict`."""

    id: str
    question: str
    section: str

    def answered(self, answer: str, status: Status, numbers: str, detail: str) -> Verdict:
        """One answer."""
        return Verdict(
            id=self.id,
            question=self.question,
            status=status,
            answer=answer,
            numbers=numbers,
            detail=detail,
            section=self.section,
        )
