"""Reading the user's tables: CSV, TSV, JSON lines and Parquet, with errors for people."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import lzma
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Literal

import pandas as pd

from shared.errors import DataError

__all__ = ["TABLE_SUFFIXES", "read_first_row", "read_table", "require_columns", "require_unique", "table_suffix"]

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet")
"""The kinds of table that are understood."""

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_OPENERS: dict[str, Callable[..., IO[Any]]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_LONGEST_FIELD_CHARACTERS = 2**24


def read_table(path: Path, *, columns: Sequence[str] | None = None, text_only: bool = True) -> pd.DataFrame:
    """Read a table by its suffix (`.csv .tsv .txt .jsonl .parquet`, the text ones optionally compressed, as `.csv.gz`).

    Args:
        path: The file.
        columns: Column names of a file without a header row; None if the first line is the header.
        text_only: Keep every value as the text that stands in the file ("" where empty), so that nothing is guessed; lines with
            too few or too many fields are then refused by number.

    Raises:
        DataError: Missing, empty, of an unknown suffix, not UTF-8, or malformed; the message names the file and, where known, the line.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file.")
    suffix = table_suffix(path)
    if suffix not in TABLE_SUFFIXES:
        raise DataError(f"{path}: unknown kind of table {suffix!r}. Expected .csv, .tsv, .txt, .jsonl or .parquet.")
    try:
        table = _read(path, suffix, columns, text_only)
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise DataError(
            f"{path}, line {_first_line_not_utf8(path)}: not UTF-8 (byte {byte:#04x}). Convert it, for example with iconv -t UTF-8."
        ) from error
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path}: the file is empty.") from error
    except DataError:
        raise
    except (pd.errors.ParserError, ValueError, OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{path}: can't be read as a {suffix[1:].upper()}: {error}.") from error
    if len(table) == 0:
        raise DataError(f"{path}: the file has no rows.")
    return table


def read_first_row(path: Path) -> list[str]:
    """The fields of the first line that is not blank of a CSV or TSV file, to see whether it is a header; [] if there is none.

    Raises:
        DataError: The file is missing or not UTF-8.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file.")
    suffix = table_suffix(path)
    try:
        with _open_text(path) as stream:
            line = next((line for line in stream if line.strip()), "").rstrip("\r\n")
    except (UnicodeDecodeError, OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{path}: can't be read: {error}.") from error
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if suffix == ".csv" else csv.QUOTE_NONE
    return next(csv.reader([line], delimiter=_SEPARATORS.get(suffix, ","), quoting=quoting), [])


def table_suffix(path: Path) -> str:
    """The suffix that says what a table is, in lower case and without that of a compression: `.csv` for `A.CSV.gz`; "" if none."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix not in _OPENERS), "")


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
    if suffix == ".parquet":
        # Nullable types, because otherwise one missing value turns the label 1 into 1.0.
        return _as_text(pd.read_parquet(path, dtype_backend="numpy_nullable")) if text_only else pd.read_parquet(path)
    if suffix in {".jsonl", ".ndjson"}:
        return _read_json_lines(path, text_only)
    if text_only:
        return _read_text_fields(path, suffix, columns)
    with warnings.catch_warnings():
        # pandas would cut surplus fields off with a warning; without index_col=False it would make an index of them.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(
                path,
                sep=_SEPARATORS[suffix],
                header="infer" if columns is None else None,
                names=None if columns is None else list(columns),
                index_col=False,
                encoding="utf-8-sig",
                quoting=csv.QUOTE_MINIMAL if suffix == ".csv" else csv.QUOTE_NONE,
            )
        except pd.errors.ParserWarning as warning:
            raise DataError(f"{path}: lines have more fields than there are column names.") from warning


def _first_line_not_utf8(path: Path) -> int:
    with _OPENERS.get(path.suffix.lower(), open)(path, "rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1  # a character cut off by the end of the file


def _open_text(path: Path) -> IO[str]:
    opener = _OPENERS.get(path.suffix.lower(), open)
    # utf-8-sig, because spreadsheets write a byte order mark that would become part of the first column's name.
    stream: IO[str] = opener(path, "rt", encoding="utf-8-sig", newline="")
    return stream


def _read_text_fields(path: Path, suffix: str, columns: Sequence[str] | None) -> pd.DataFrame:
    # The csv module rather than pandas: pandas fills short lines with NaN and, for files without a header, shifts long ones.
    csv.field_size_limit(_LONGEST_FIELD_CHARACTERS)
    rows: list[list[str]] = []
    with _open_text(path) as stream:
        # Unquoted TSV is the rule in NLP corpora: a lone quotation mark there is text.
        reader = csv.reader(
            stream,
            delimiter=_SEPARATORS[suffix],
            quoting=csv.QUOTE_MINIMAL if suffix == ".csv" else csv.QUOTE_NONE,
            strict=True,
        )
        names = None if columns is None else list(columns)
        try:
            for fields in reader:
                if not fields:
                    continue  # a blank line
                if names is None:
                    names = _checked_header(fields, path)
                    continue
                if len(fields) != len(names):
                    raise DataError(_ragged(path, reader.line_num, names, fields))
                rows.append(fields)
        except csv.Error as error:
            raise DataError(f"{path}, line {reader.line_num}: {error}. Is a quotation mark not closed?") from error
    if names is None or (columns is not None and not rows):
        raise DataError(f"{path}: the file is empty.")
    return pd.DataFrame(rows, columns=names, dtype=object)


def _checked_header(names: list[str], path: Path) -> list[str]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(f"{path}, line 1: the column {repeated[0]!r} appears twice; column names must be unique.")
    return names


def _ragged(path: Path, line: int, names: list[str], fields: list[str]) -> str:
    shown = ", ".join(fields)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return (
        f"{path}, line {line}: expected {len(names)} fields ({', '.join(names)}), received {len(fields)}: {shown!r}. "
        "Quote fields that hold the separator, or name the columns of a file without a header."
    )


def _read_json_lines(path: Path, text_only: bool) -> pd.DataFrame:
    # Numbers stay the text that they are in the file: "1.0" and "1" may be two labels.
    numbers: dict[str, Any] = {"parse_int": str, "parse_float": str, "parse_constant": str} if text_only else {}
    records: list[dict[str, Any]] = []
    with _open_text(path) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line, **numbers)
            except ValueError as error:
                raise DataError(f"{path}, line {number}: this is not JSON ({error}). Each line must hold one object.") from error
            if not isinstance(record, dict):
                raise DataError(f'{path}, line {number}: expected an object such as {{"text": …}}, received {type(record).__name__}.')
            records.append(record)
    if not records:
        raise DataError(f"{path}: the file is empty.")
    table = pd.DataFrame.from_records(records)
    return _as_text(table) if text_only else table


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: [_value_as_text(value) for value in table[name]] for name in table.columns}, dtype=object)


def _value_as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if pd.isna(value) else str(value)
