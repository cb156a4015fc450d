"""Explained rows as a table, and as a notebook shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.reporting.explanations_page import row_charts
from shared.run.artefacts.explanations.record import ExplainedExample, Explanations

__all__ = ["Explanation"]


@dataclass(frozen=True)
class Explanation:
    """What moved the answers for some rows; as the last line of a cell it shows a chart of each.

    Attributes:
        record: Answers, methods and checks, as `explanations.json` has them.
        arrays: What `explanations/<n>.npz` holds, in the order of `record.examples`.
    """

    record: Explanations
    arrays: tuple[Mapping[str, NDArray[Any]], ...]

    @classmethod
    def read(cls, record: Explanations, folder: Path) -> Explanation:
        """Read the arrays beside a record."""
        arrays = []
        for example in record.examples:
            with np.load(folder / example.file) as file:
                arrays.append({name: file[name] for name in file.files})
        return cls(record, tuple(arrays))

    @property
    def table(self) -> pd.DataFrame:
        """One row a segment, the strongest of each example first.

        id, explained (the class, or the part of a forecast), segment, value (what it adds, in
        `unit`), half_width (of the value's interval; NaN if unknown), unit.
        """
        parts = map(_segments_of, self.record.examples, self.arrays)
        return pd.concat(parts, ignore_index=True)

    def _repr_html_(self) -> str:
        """The strongest segments of each row as a chart, self-contained."""
        return "\n".join(row_charts(self.record, self.arrays).values())


def _segments_of(example: ExplainedExample, arrays: Mapping[str, NDArray[Any]]) -> pd.DataFrame:
    columns = {
        "id": example.id,
        "explained": example.explained,
        "segment": arrays["names"].astype(object),
        "value": arrays["values"],
        "half_width": arrays["half_widths"],
        "unit": example.unit,
    }
    return pd.DataFrame(columns).sort_values("value", key=abs, ascending=False, kind="stable")
