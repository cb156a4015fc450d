"""Rows that are to be explained: test examples, or files that the run never saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples, Inputs, Rows
from shared.errors import UserError

__all__ = ["AskedRow", "rows_of_examples", "rows_of_inputs"]


@dataclass(frozen=True)
class AskedRow:
    """One row, read when it is its turn.

    Attributes:
        id: Of the row.
        entity: Whose it is.
        wire: Reads it, as a wire batch of one row.
        truth: Its target; None if it has none.
        ground_truth: Reads where the label's cause lies, shaped like the canvas; None if it is not
            known.
    """

    id: str
    entity: str
    wire: Callable[[], Rows]
    truth: NDArray[Any] | None = None
    ground_truth: Callable[[], NDArray[np.float32]] | None = None


def rows_of_examples(examples: Examples, indices: Iterable[int]) -> tuple[AskedRow, ...]:
    """Examples by their places, with their truth."""
    return tuple(_of_example(examples, int(index)) for index in indices)


def rows_of_inputs(inputs: Inputs) -> tuple[AskedRow, ...]:
    """All inputs in their order; asking for one that can't be read says why."""
    return tuple(_of_input(inputs, index) for index in range(len(inputs.ids)))


def _of_example(examples: Examples, index: int) -> AskedRow:
    known = examples.ground_truth
    return AskedRow(
        str(examples.ids[index]),
        str(examples.entities[index]),
        lambda: examples.rows(np.array([index], dtype=np.int64)),
        truth=examples.targets[index],
        ground_truth=None if known is None else lambda: known(index),
    )


def _of_input(inputs: Inputs, index: int) -> AskedRow:
    name = str(inputs.ids[index])

    def read() -> Rows:
        if name in inputs.problems:
            raise UserError(inputs.problems[name])
        return inputs.rows(np.array([index], dtype=np.int64))

    return AskedRow(name, name, read)
