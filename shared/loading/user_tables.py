"""The user's table as the configuration says it is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from shared.config import DataConfig
from shared.loading.files.tables import may_lack_header, read_first_row, read_table
from shared.names import name_key

__all__ = ["read_user_table"]


def read_user_table(path: Path, data: DataConfig, *, keep_types: bool = False) -> pd.DataFrame:
    """Read a table with the encoding, the separator and the column names of the configuration.

    A file that names its columns itself needs none: training data without a header may be followed
    by files to score with one.

    Args:
        path: The table.
        data: Says how it is written.
        keep_types: As in `read_table`.

    Raises:
        DataError: As `read_table`.
    """
    return read_table(
        path,
        columns=_names_of(path, data),
        keep_types=keep_types,
        encoding=data.encoding,
        separator=data.separator,
    )


def _names_of(path: Path, data: DataConfig) -> Sequence[str] | None:
    if data.columns is None or not may_lack_header(path):
        return None
    first = read_first_row(path, encoding=data.encoding, separator=data.separator)
    has_header = set(data.columns) <= {name_key(field) for field in first}
    return None if has_header else data.columns
