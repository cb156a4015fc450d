"""Block of `report.json`: the first layer of the report, in words."""

from __future__ import annotations

from typing import Literal

from shared.block import Block

__all__ = ["Brief", "Decision", "Facts", "Statement"]

Decision = Literal["use it", "use it with care", "not yet"]


class Statement(Block):
    """A sentence or two under a heading."""

    title: str
    text: str


class Brief(Block):
    """What a run amounts to.

    Attributes:
        decision: By the worst verdict.
        reason: How many verdicts made it so.
        finding: The run in one sentence.
        statements: What is right, the mistake that matters, and what happens in service.
    """

    decision: Decision
    reason: str
    finding: str
    statements: tuple[Statement, ...]


class Facts(Block):
    """What a reader must know of a run besides its numbers; empty texts are not stated.

    Attributes:
        intended: What the pipeline is for, as its author says; likewise the two below.
        not_for: What it is not for.
        affected: Whom its answers touch.
        data: Name of the data.
        synthetic: Whether it was generated.
        licence: Of the data.
        citation: Whom to cite for it.
        content: What a row holds.
        n: Test rows.
        num_entities: Entities among them.
        begun: UTC day on which the run began, as 2026-01-31.
        commit: Of the source tree.
        seed: Of the training.
    """

    intended: str
    not_for: str
    affected: str
    data: str
    synthetic: bool
    licence: str
    citation: str
    content: str
    n: int
    num_entities: int
    begun: str
    commit: str
    seed: int
