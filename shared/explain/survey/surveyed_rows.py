"""Brief explanations of many rows, as a table of rows and places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.config import ExplainMethod

__all__ = ["SurveyedRow", "SurveyedRows"]


@dataclass(frozen=True)
class SurveyedRow:
    """One row's brief explanation.

    Attributes:
        entity: Whose it is.
        groups: Attribute -> group.
        explained: The class, or which part of a forecast.
        method: What found the values.
        places: (segments,) names.
        values: (segments,) float64.
    """

    entity: str
    groups: Mapping[str, str]
    explained: str
    method: ExplainMethod
    places: tuple[str, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class SurveyedRows:
    """All of them; rows on which nothing contributes are left out.

    Attributes:
        rows: At least one.
        names: (places,) str, sorted.
        absolute: (rows, places) float64: Σ|value| at each place; NaN where the row has it not.
        signed: Likewise Σ value.
    """

    rows: Sequence[SurveyedRow]
    names: tuple[str, ...]
    absolute: NDArray[np.float64]
    signed: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[SurveyedRow]) -> SurveyedRows | None:
        """None if nothing contributes to any row."""
        telling = [row for row in rows if np.abs(row.values).sum() > 0.0]
        if not telling:
            return None
        names = sorted({place for row in telling for place in row.places})
        numbers = {name: number for number, name in enumerate(names)}
        absolute = np.full((len(telling), len(names)), np.nan)
        signed = absolute.copy()
        for line, row in enumerate(telling):
            at = np.array([numbers[place] for place in row.places])
            absolute[line, at] = 0.0
            signed[line, at] = 0.0
            np.add.at(absolute[line], at, np.abs(row.values))  # a word may stand twice in a text
            np.add.at(signed[line], at, row.values)
        return cls(telling, tuple(names), absolute, signed)

    @property
    def shares(self) -> NDArray[np.float64]:
        """(rows, places): of each row's Σ|value|, so that a sure row counts no more than others."""
        return np.asarray(self.absolute / np.nansum(self.absolute, axis=1, keepdims=True))

    @property
    def entities(self) -> NDArray[np.str_]:
        """(rows,)."""
        return np.array([row.entity for row in self.rows], dtype=np.str_)

    @property
    def explained(self) -> NDArray[np.str_]:
        """(rows,): what is explained of each."""
        return np.array([row.explained for row in self.rows], dtype=np.str_)

    def strongest(self, count: int) -> NDArray[np.int64]:
        """Numbers of at most `count` places, largest sum of shares over all rows first."""
        sums = np.nansum(self.shares, axis=0)
        return np.asarray(np.argsort(-sums, kind="stable")[:count], dtype=np.int64)
