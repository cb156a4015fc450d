"""What is filled up behind the end of a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Padding", "no_padding"]


@dataclass(frozen=True)
class Padding:
    """A prepared tensor whose rows end at different places.

    Attributes:
        tensor: Its name; (batch, places) of whole numbers.
        value: What stands behind the end of a row, and nowhere else.
    """

    tensor: str
    value: int


def no_padding(config: Any) -> Padding | None:
    """The answer of a pipeline whose rows are all of one length."""
    del config
    return None
