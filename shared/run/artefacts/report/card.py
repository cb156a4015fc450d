"""Block of `report.json`: one part of the model card."""

from __future__ import annotations

from typing import Literal

from shared.block import Block

__all__ = ["CardPart", "Framework"]

Framework = Literal["EU AI Act, Annex IV", "FDA, Good Machine Learning Practice"]


class CardPart(Block):
    """What a run says under one heading of a framework.

    Attributes:
        framework: Whose heading it is.
        heading: As the framework has it, shortened.
        text: What was measured or recorded; empty if nothing was.
    """

    framework: Framework
    heading: str
    text: str
