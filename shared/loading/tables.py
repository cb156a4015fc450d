"""Reading the user's tables: CSV, TSV, JSON lines and Parquet, with errors for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from shared.errors import DataError

__all__ = ["read_table", "require_columns", "require_unique"]

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_COMPRESSIONS = {".gz", ".bz2", ".xz", ".zst"}


def read_table(path: Path, *, columns: Sequence[str] | None = None, text_only: bool = True) -> pd.DataFrame:
    """Read a table by its suffix (`.csv .tsv .txt .jsonl .parquet`, the text ones optionally compressed, as `.csv.gz`).

    Args:
        path: The file.
        columns: Column names of a file without a header row; None if the first line is the header.
        text_only: Keep every value as the text that stands in the file ("" where empty), so that nothing is guessed.

    Raises:
        DataError: Missing, empty, of an unknown suffix, not UTF-8, or malformed; the message names the file and, where known, the line.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file.")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = next((item for item in reversed(suffixes) if item not in _COMPRESSIONS), "")
    try:
        table = _read(path, suffix, columns, text_only)
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise DataError(
            f"{path}: not UTF-8 (byte {byte:#04x} at position {error.start}). Convert it, for example with iconv -t UTF-8."
        ) from error
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path}: the file is empty.") from error
    except (pd.errors.ParserError, ValueError, OSError) as error:
        raise DataError(f"{path}: can't be read as a {suffix[1:].upper() or 'table'}: {error}.") from error
    if len(table) == 0:
        raise DataError(f"{path}: the file has no rows.")
    return table


def require_columns(table: pd.DataFrame, columns: Sequence[str], *, path: Path, setting: str) -> None:
    """Check that a table has the columns that the configuration names.

    Raises:
        DataError: One is missing; the message lists what is there and the setting to change.
    """
    for column in columns:
        if column not in table.columns:
            there = ", ".join(map(str, table.columns))
            raise DataError(f"{path}: there is no column {column!r}. Columns: {there}. Name yours with --set {setting}=….")


def require_unique(table: pd.DataFrame, column: str, *, path: Path) -> None:
    """Check that ids are not repeated.

    Raises:
        DataError: The message names the first repeated value and its row.
    """
    repeated = table[column].duplicated()
    if repeated.any():
        row = int(repeated.to_numpy().nonzero()[0][0])
        raise DataError(f"{path}, row {row + 1}, column {column!r}: the id {table[column].iloc[row]!r} appears twice; ids must be unique.")


def _read(path: Path, suffix: str, columns: Sequence[str] | None, text_only: bool) -> pd.DataFrame:
    if suffix in _SEPARATORS:
        return pd.read_csv(
            path,
            sep=_SEPARATORS[suffix],
            header="infer" if columns is None else None,
            names=None if columns is None else list(columns),
            dtype=str if text_only else None,
            keep_default_na=not text_only,
            encoding="utf-8",
            # Unquoted TSV is the rule in NLP corpora: a lone quotation mark there is text.
            quoting=0 if suffix == ".csv" else 3,
        )
    if suffix in {".jsonl", ".ndjson"}:
        return pd.read_json(path, lines=True, dtype=not text_only, convert_dates=False)
    if suffix == ".parquet":
        return pd.read_parquet(path)
    raise DataError(f"{path}: unknown kind of table {suffix!r}. Expected .csv, .tsv, .txt, .jsonl or .parquet.")
