"""Rows to score: a table with the columns of training, without labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.tabular.config import TabularConfig, TabularDataConfig
from pipelines.tabular.reading.content import find_fault, plain_values
from shared.contract import Inputs, Rows
from shared.loading.columns.values import TABULAR
from shared.loading.files.tables import (
    may_lack_header,
    read_first_row,
    read_table,
    require_columns,
    require_unique,
)
from shared.names import name_key, printable

__all__ = ["read_inputs", "rows_of"]


def read_inputs(config: TabularConfig, path: Path) -> Inputs:
    """The rows of a table; ids are `data.id_column` where it is there, else row numbers.

    Raises:
        DataError: The table can't be read, or lacks a column that the network reads.
    """
    data = config.data
    table = read_table(
        path, columns=_columns_of(path, data), encoding=data.encoding, separator=data.separator
    )
    require_columns(table, {"data.feature_columns": list(data.features)}, path=path)
    ids = [str(row) for row in range(1, len(table) + 1)]
    if data.id_column is not None and data.id_column in table.columns:
        require_unique(table, data.id_column, path=path)
        ids = [printable(name_key(name)) for name in table[data.id_column]]
    problems = {}
    values_of_rows = table[list(data.features)].itertuples(index=False, name=None)
    for identifier, values in zip(ids, values_of_rows, strict=True):
        fault = find_fault(values, data)
        if fault is not None:
            problems[identifier] = fault.reason
    rows = rows_of(plain_values(table, data), data.features)
    return Inputs(np.array(ids, dtype=str), rows, problems)


def rows_of(table: pd.DataFrame, columns: Sequence[str]) -> Callable[[NDArray[np.int64]], Rows]:
    """Indices -> the wire batch of these rows.

    Args:
        table: Text, without what nobody can see.
        columns: Those that the network reads, in their order.
    """
    values = table[list(columns)].to_numpy(dtype=object)

    def rows(indices: NDArray[np.int64]) -> Rows:
        return {TABULAR: values[indices]}

    return rows


def _columns_of(path: Path, data: TabularDataConfig) -> Sequence[str] | None:
    """Column names for a file without a header, which may lack the label's column."""
    if data.columns is None or not may_lack_header(path):
        return None
    first = read_first_row(path, encoding=data.encoding, separator=data.separator)
    if set(data.features) <= set(first):
        return None
    without_label = tuple(name for name in data.columns if name != data.label_column)
    return data.columns if len(first) == len(data.columns) else without_label
