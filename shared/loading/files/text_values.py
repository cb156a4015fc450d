"""Tables of typed values as tables of text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shared.errors import DataError

__all__ = ["as_text"]


def as_text(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The same table with every value as text, "" where none is.

    Raises:
        DataError: Bytes that are no UTF-8.
    """
    columns = {
        name: [_value_as_text(value, f"{path}, column {name!r}") for value in table[name]]
        for name in table.columns
    }
    return pd.DataFrame(columns, dtype=object)


def _value_as_text(value: Any, where: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{where}: it holds bytes that are no UTF-8 text, for example {value[:20]!r}. Store"
                " text."
            ) from error
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, bool | dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return "" if pd.isna(value) else str(value)
