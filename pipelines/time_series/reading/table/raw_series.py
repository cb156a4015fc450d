"""The rows of one series, before they are laid on a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.reading.series import Statics
from pipelines.time_series.reading.table.origin import Origin

__all__ = ["RawSeries"]


@dataclass(frozen=True)
class RawSeries:
    """The rows of one series, sorted by time.

    Attributes:
        name: Unique within its file.
        rows: (rows,) int64: places in the file, from 1.
        stamps: (rows,) datetime64[s].
        numbers: (rows, 1 + past + known) float64: value, past covariates, known covariates; NaN
            where the cell is empty.
        fields: The name of each of these columns in the file.
        num_known: How many of them are known covariates.
        statics: What does not change over time.
        attributes: Group attributes.
        have_zone: Whether stamps are UTC rather than what local clocks show.
        num_out_of_order: Rows that stood before an earlier moment.
        num_duplicates: Rows that were merged with another of the same stamp.
        clock_changes: What was found out about them.
        origin: Where they stand in the file.
    """

    name: str
    rows: NDArray[np.int64]
    stamps: NDArray[np.datetime64]
    numbers: NDArray[np.float64]
    fields: tuple[str, ...]
    num_known: int
    statics: Statics
    attributes: Mapping[str, str]
    have_zone: bool
    origin: Origin
    num_out_of_order: int = 0
    num_duplicates: int = 0
    clock_changes: tuple[str, ...] = ()

    def written(self, place: int) -> str:
        """The stamp of a row as it stands in the file."""
        return self.origin.stamp(int(self.rows[place]))

    def take(self, places: NDArray[np.int64] | slice) -> RawSeries:
        """Some of the rows."""
        return replace(
            self, rows=self.rows[places], stamps=self.stamps[places], numbers=self.numbers[places]
        )
