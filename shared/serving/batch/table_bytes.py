"""Rows of a table as bytes that can be put one behind another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd
import pyarrow as pa

from shared.names import without_formula

__all__ = ["Form", "TableBytes", "without_formulas"]

Form = Literal["csv", "arrow"]
"""Lines of CSV, or messages of an Arrow IPC stream: Parquet itself can't be continued."""


@dataclass(frozen=True)
class TableBytes:
    """How tables with the columns of `empty` are written.

    Attributes:
        form: Of the bytes.
        empty: A table without rows.
    """

    form: Form
    empty: pd.DataFrame

    @property
    def schema(self) -> pa.Schema:
        """Of the table in Arrow."""
        return pa.Schema.from_pandas(self.empty, preserve_index=False)

    @property
    def head(self) -> bytes:
        """What stands before the first row."""
        if self.form == "csv":
            return _as_csv(self.empty, header=True)
        return bytes(self.schema.serialize())

    def rows(self, table: pd.DataFrame) -> bytes:
        """Some rows; of CSV without formulas (`without_formulas`)."""
        if self.form == "csv":
            return _as_csv(table, header=False)
        batch = pa.RecordBatch.from_pandas(table, schema=self.schema, preserve_index=False)
        return bytes(batch.serialize())


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """The same table, where no cell and no column title is a formula to a spreadsheet.

    `shared.names.without_formula` says how.
    """
    renamed = table.rename(columns=_without_formula)
    texts = renamed.select_dtypes(include=["str", "object"]).columns
    safe = {name: renamed[name].map(_without_formula, na_action="ignore") for name in texts}
    return renamed.assign(**safe)


def _without_formula(text: object) -> object:
    return without_formula(text) if isinstance(text, str) else text


def _as_csv(table: pd.DataFrame, *, header: bool) -> bytes:
    text = without_formulas(table).to_csv(index=False, header=header, lineterminator="\n")
    return text.encode("utf-8")
