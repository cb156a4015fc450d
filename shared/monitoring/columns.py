"""What is compared: columns of numbers or categories, of the test split and of the new batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.monitoring.record import Family

__all__ = ["Categorical", "Column", "Numeric", "paired_columns"]


@dataclass(frozen=True)
class Numeric:
    """A number of each row.

    Attributes:
        family: What it says something about.
        name: For people.
        values: (n,) float64; NaN where a row has none.
    """

    family: Family
    name: str
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Categorical:
    """A category of each row.

    Attributes:
        family: What it says something about.
        name: For people.
        values: (n,) str.
    """

    family: Family
    name: str
    values: NDArray[np.str_]


Column = Numeric | Categorical


def paired_columns(
    reference: Sequence[Column], new: Sequence[Column]
) -> list[tuple[Column, Column]]:
    """The columns that both sides have, in the order of the reference."""
    of_new = {(type(column), column.family, column.name): column for column in new}
    pairs = []
    for column in reference:
        key = (type(column), column.family, column.name)
        if key in of_new:
            pairs.append((column, of_new[key]))
    return pairs
