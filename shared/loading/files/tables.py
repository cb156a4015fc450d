"""Reading the user's tables: CSV, TSV, JSON lines and Parquet, with errors for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shared.errors import DataError
from shared.loading.files import delimited
from shared.loading.files.delimited import DELIMITED_SUFFIXES, read_delimited, read_typed
from shared.loading.files.json_lines import read_json_lines
from shared.loading.files.parquet_tables import read_parquet
from shared.loading.files.text_files import COMPRESSIONS

__all__ = [
    "TABLE_SUFFIXES",
    "is_table",
    "read_first_row",
    "read_table",
    "require_columns",
    "require_unique",
    "table_suffix",
]

_JSON_SUFFIXES = (".jsonl", ".ndjson")
TABLE_SUFFIXES = (*DELIMITED_SUFFIXES, *_JSON_SUFFIXES, ".parquet")
"""The kinds of table that are understood."""


def read_table(
    path: Path,
    *,
    columns: Sequence[str] | None = None,
    text_only: bool = True,
    encoding: str = "utf-8",
    separator: str | None = None,
) -> pd.DataFrame:
    """Read a table by its suffix (`.csv .tsv .txt .jsonl .parquet`, the text ones optionally compressed, as `.csv.gz`).

    Args:
        path: The file.
        columns: Column names of a file without a header row; None if the first line is the header.
        text_only: Keep every value as the text that stands in the file ("" where empty), so that
            nothing is guessed; lines with too few or too many fields are then refused by number.
        encoding: Of text files; a byte order mark in the file wins.
        separator: Of fields in text files; None: a comma (`.csv`) or tab, or another if the first
            line plainly uses that.

    Raises:
        DataError: Missing, empty, of an unknown suffix, in another encoding, or malformed; the
            message names the file and, where known, the line.
    """
    suffix = table_suffix(path)
    if suffix not in TABLE_SUFFIXES or (
        suffix == ".parquet" and path.suffix.lower() in COMPRESSIONS
    ):
        raise DataError(
            f"{path}: unknown kind of table {path.suffix!r}. Expected .csv, .tsv, .txt, .jsonl"
            " (perhaps .gz) or .parquet."
        )
    if suffix in DELIMITED_SUFFIXES:
        read = read_delimited if text_only else read_typed
        table = read(path, suffix, columns=columns, encoding=encoding, separator=separator)
    elif suffix in _JSON_SUFFIXES:
        table = read_json_lines(path, encoding=encoding, text_only=text_only)
    else:
        table = read_parquet(path, text_only=text_only)
    if len(table) == 0:
        raise DataError(f"{path}: the file has no rows.")
    return _as_text(table, path) if text_only and suffix not in DELIMITED_SUFFIXES else table


def read_first_row(
    path: Path, *, encoding: str = "utf-8", separator: str | None = None
) -> list[str]:
    """The fields of the first line that is not blank of a CSV or TSV file, to see whether it is a header; [] if there is none.

    Args:
        path: The file.
        encoding: As in `read_table`.
        separator: As in `read_table`.

    Raises:
        DataError: The file is missing, or not text.
    """
    return delimited.read_first_row(
        path, table_suffix(path), encoding=encoding, separator=separator
    )


def is_table(path: Path) -> bool:
    """Whether a file's name says that it is a table."""
    return table_suffix(path) in TABLE_SUFFIXES


def table_suffix(path: Path) -> str:
    """The suffix that says what a table is, in lower case and without that of a compression.

    `.csv` for `A.CSV.gz`; "" if none.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix not in COMPRESSIONS), "")


def require_columns(
    table: pd.DataFrame, columns: Sequence[str], *, path: Path, setting: str
) -> None:
    """Check that a table has the columns that the configuration names.

    Raises:
        DataError: One is missing; the message lists what is there and the setting to change.
    """
    for column in columns:
        if column not in table.columns:
            there = ", ".join(map(str, table.columns))
            raise DataError(
                f"{path}: there is no column {column!r}. Columns: {there}. Name yours with --set"
                f" {setting}=…."
            )


def require_unique(table: pd.DataFrame, column: str, *, path: Path) -> None:
    """Check that ids are not repeated.

    Raises:
        DataError: The message names the first repeated value and its row.
    """
    repeated = table[column].duplicated()
    if repeated.any():
        row = int(repeated.to_numpy().nonzero()[0][0])
        raise DataError(
            f"{path}, row {row + 1}, column {column!r}: the id {table[column].iloc[row]!r} appears"
            " twice; ids must be unique."
        )


def _as_text(table: pd.DataFrame, path: Path) -> pd.DataFrame:
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
