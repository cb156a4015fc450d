"""A model that listens piece by piece, and what it remembers between two pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ServedStream", "StreamState", "streams_no_scores"]

StreamState = Mapping[str, Any]
"""Name -> (rows, …) float32: what is remembered."""


@dataclass(frozen=True)
class ServedStream:
    """How a signal without an end is scored step by step, with its state handed in and out.

    Its function makes a TensorFlow graph of known shapes, but for the number of rows.

    Attributes:
        row: The decoded row that is such a signal cut off, (batch, values) float32.
        unit: What its values are, for people: "samples at 8000 Hz".
        step: Values of the signal that one step takes.
        step_seconds: How long they last.
        heard_again: Values before a step that the step reads, too; zeros before the first.
        state: Name -> shape of one row of what else is remembered; zeros at the beginning.
        advance: (values (rows, heard_again + step), state) -> scores (rows, classes) of the row
            that ends here, and the state after it.
    """

    row: str
    unit: str
    step: int
    step_seconds: float
    heard_again: int
    state: Mapping[str, tuple[int, ...]]
    advance: Callable[[Any, StreamState], tuple[Any, StreamState]]


def streams_no_scores(config: Any, model: Any) -> None:
    """The answer of a pipeline that scores whole rows only."""
    del config, model
