"""Training rows that a model of the training split made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract.examples import Examples
from shared.contract.sources import Rows
from shared.targets import Target

__all__ = ["GeneratedRows", "generates_nothing"]


@dataclass(frozen=True)
class GeneratedRows:
    """What a pipeline adds to its training split, and how near it is to it.

    Attributes:
        examples: The new rows: ids and entities of their own, group attributes unknown.
        method: What made them, in a word.
        compared: Wire rows -> numbers (n, any) float32, whose Euclidean distance says whether one
            row is another's copy.
        described: Wire rows -> features (n, any) float32, in which real and generated rows are
            compared as two crowds.
        most_copies: By how much their share of copies may exceed that of recorded rows among each
            other, before the training refuses them.
        way_out: What the user may do then, as the end of a message.
    """

    examples: Examples
    method: str
    compared: Callable[[Rows], NDArray[np.float32]]
    described: Callable[[Rows], NDArray[np.float32]]
    most_copies: float
    way_out: str


def generates_nothing(config: Any, train: Examples, target: Target) -> GeneratedRows | None:
    """The answer of a pipeline that trains on recorded rows alone."""
    del config, train, target
    return None
