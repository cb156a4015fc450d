"""Where the rows of a series stand in the user's file, for messages in the file's own words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

__all__ = ["Origin"]


@dataclass(frozen=True, eq=False)
class Origin:
    """A table as it was read.

    Attributes:
        path: The file.
        time: The column of stamps.
        table: All columns, as they were written.
        series: The column of ids; None in a wide table.
        leftover: Columns that might tell rows apart: those without a role, and in a wide table
            the other series.
        has_zone: Whether the stamps say theirs.
        timezone: The zone in which they are read; None: none was named.
    """

    path: Path
    time: str
    table: pd.DataFrame
    series: str | None = None
    leftover: tuple[str, ...] = ()
    has_zone: bool = False
    timezone: str | None = None

    def stamp(self, row: int) -> str:
        """The stamp of a row (from 1) as it stands in the file."""
        return str(self.table[self.time].iloc[row - 1])
