"""Reading the user's tables, whatever their format, with errors for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from shared.errors import DataError
from shared.loading.files import delimited
from shared.loading.files.delimited import DELIMITED_SUFFIXES, read_delimited
from shared.loading.files.json_lines import read_json_lines
from shared.loading.files.likely_columns import advise_columns
from shared.loading.files.parquet_tables import read_parquet
from shared.loading.files.text_files import COMPRESSIONS
from shared.loading.files.text_values import as_text
from shared.loading.other_formats import way_out
from shared.names import is_printable, name_key, printable

__all__ = [
    "TABLE_READERS",
    "TABLE_SUFFIXES",
    "TableOptions",
    "column_names",
    "is_table",
    "may_lack_header",
    "read_column_names",
    "read_first_row",
    "read_table",
    "repeated_id",
    "require_columns",
    "require_known_kind",
    "require_unique",
    "table_suffix",
]


@dataclass(frozen=True)
class TableOptions:
    """How a table is to be read; what a format has no use for, its reader ignores.

    Attributes:
        columns: Column names of a file without a header row; None if the first line is the header.
        keep_types: Values of a Parquet file keep their types, whole numbers whole where some are
            missing, and the text of delimited files its Arrow strings. Otherwise, and in all other
            formats, every value is the text that stands in the file ("" where empty), a str:
            nothing is guessed.
        encoding: Of text files; a byte order mark in the file wins.
        separator: Of fields in text files; None: a comma (`.csv`) or tab, or another if the first
            line plainly uses that.
        num_rows: Read no more than these first ones; None: all.
    """

    columns: Sequence[str] | None = None
    keep_types: bool = False
    encoding: str = "utf-8"
    separator: str | None = None
    num_rows: int | None = None


def _read_delimited(path: Path, options: TableOptions) -> pd.DataFrame:
    table = read_delimited(
        path,
        table_suffix(path),
        columns=options.columns,
        encoding=options.encoding,
        separator=options.separator,
        num_rows=options.num_rows,
    )
    return table if options.keep_types else table.astype(object)


def _read_json_lines(path: Path, options: TableOptions) -> pd.DataFrame:
    return as_text(
        read_json_lines(path, encoding=options.encoding, num_rows=options.num_rows), path
    )


def _read_parquet(path: Path, options: TableOptions) -> pd.DataFrame:
    compression = path.suffix.lower()
    if compression in COMPRESSIONS:
        raise DataError(
            f"{path}: a Parquet file packs its own columns and is not read from within"
            f" {compression}. Unpack it first."
        )
    table = read_parquet(path, num_rows=options.num_rows)
    return table if options.keep_types else as_text(table, path)


TABLE_READERS: Mapping[str, Callable[[Path, TableOptions], pd.DataFrame]] = {
    **dict.fromkeys(DELIMITED_SUFFIXES, _read_delimited),
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".parquet": _read_parquet,
}
"""Suffix -> reader. A new format is one line here, and all pipelines read it."""

TABLE_SUFFIXES = tuple(TABLE_READERS)


def read_table(
    path: Path,
    *,
    columns: Sequence[str] | None = None,
    keep_types: bool = False,
    encoding: str = "utf-8",
    separator: str | None = None,
    num_rows: int | None = None,
) -> pd.DataFrame:
    """Read a table by its suffix (`TABLE_READERS`); text formats may be compressed (`.csv.gz`).

    Args:
        path: The file.
        columns: As in `TableOptions`, like all that follow.
        keep_types: Of Parquet and delimited files.
        encoding: Of text files.
        separator: Of fields in text files.
        num_rows: At most.

    Raises:
        DataError: Missing, empty, of an unknown suffix, in another encoding, or malformed; the
            message names the file and, where known, the line.
    """
    require_known_kind(path)
    read = TABLE_READERS[table_suffix(path)]
    options = TableOptions(columns, keep_types, encoding, separator, num_rows)
    table = read(path, options)
    if len(table) == 0:
        raise DataError(f"{path}: the file has no rows.")
    return table.set_axis(column_names(table.columns, path), axis=1)


def require_known_kind(path: Path) -> None:
    """Refuse a file whose suffix says that it is no table, or of a kind that nobody reads here.

    Raises:
        DataError: With the kinds that can be read.
    """
    if is_table(path):
        return
    raise DataError(
        f"{path}: unknown kind of table {path.suffix!r}. Expected"
        f" {', '.join(TABLE_SUFFIXES)} (text perhaps packed: {', '.join(COMPRESSIONS)})."
        f"{way_out(path)}"
    )


def read_first_row(
    path: Path, *, encoding: str = "utf-8", separator: str | None = None
) -> list[str]:
    """The fields of the first line that is not blank, to see whether it is a header.

    Args:
        path: A file that may lack one (`may_lack_header`).
        encoding: As in `read_table`.
        separator: As in `read_table`.

    Returns:
        [] if there is no such line.

    Raises:
        DataError: The file is missing, or not text.
    """
    return delimited.read_first_row(
        path, table_suffix(path), encoding=encoding, separator=separator
    )


def read_column_names(path: Path) -> list[str]:
    """The names of a table's columns; of a file without a header, the fields of its first row.

    To see what a table is about before anyone has said how to read it: names in ASCII come out
    right whatever the encoding.

    Raises:
        DataError: As `read_table`.
    """
    if may_lack_header(path):
        first = read_first_row(path, encoding="latin-1")  # any byte is Latin-1
        return [name_key(field) for field in first]
    return [str(name) for name in read_table(path).columns]


def may_lack_header(path: Path) -> bool:
    """Whether a table's format leaves it open if the first line names the columns."""
    return table_suffix(path) in DELIMITED_SUFFIXES


def is_table(path: Path) -> bool:
    """Whether a file's name says that it is a table."""
    return table_suffix(path) in TABLE_READERS


def table_suffix(path: Path) -> str:
    """The suffix that says what a table is, in lower case and without that of a compression.

    `.csv` for `A.CSV.gz`; "" if none.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix not in COMPRESSIONS), "")


def require_columns(
    table: pd.DataFrame, wanted: Mapping[str, Sequence[str]], *, path: Path
) -> None:
    """Check that a table has the columns that the configuration names.

    Args:
        table: As it was read.
        wanted: Setting, such as data.label_column -> the columns that it names.
        path: Of the table.

    Raises:
        DataError: Some are missing; the message lists what is there and all settings to change.
    """
    missing = {
        setting: columns
        for setting, columns in wanted.items()
        if not set(columns) <= set(table.columns)
    }
    if not missing:
        return
    names = [name for columns in missing.values() for name in columns if name not in table.columns]
    shown = f"is no column {names[0]!r}" if len(names) == 1 else f"are no columns {_quoted(names)}"
    there = ", ".join(map(str, table.columns))
    advice, settings = advise_columns(table, missing)
    raise DataError(f"{path}: there {shown}. Columns: {there}.{advice}", settings=settings)


def _quoted(names: Sequence[str]) -> str:
    *first, last = dict.fromkeys(names)
    return f"{', '.join(map(repr, first))} and {last!r}" if first else repr(last)


def require_unique(table: pd.DataFrame, column: str, *, path: Path) -> None:
    """Check that ids are not repeated.

    Raises:
        DataError: The message names the first repeated value and its row.
    """
    repeated = table[column].astype(str).map(name_key).duplicated()
    if repeated.any():
        row = int(repeated.to_numpy().nonzero()[0][0])
        raise repeated_id(path, row + 1, column, table[column].iloc[row])


def repeated_id(path: Path, row: int, column: str, value: object) -> DataError:
    """What is raised where an id comes again.

    Args:
        path: Of the table.
        row: From 1.
        column: Of ids.
        value: The id.
    """
    return DataError(
        f"{path}, row {row}, column {column!r}: the id {value!r} appears twice; ids must be unique."
    )


def column_names(given: Iterable[object], path: Path) -> list[str]:
    """Names of columns as `name_key` reads them: a blank behind one is no part of it.

    Raises:
        DataError: Two are the same then, or one can't be shown.
    """
    names = [name_key(str(name)) for name in given]
    for place, name in enumerate(names, start=1):
        if not is_printable(name):
            raise DataError(
                f"{path}, header: the name of column {place} holds a control character:"
                f" '{printable(name)}'. Rename it."
            )
        if names.index(name) < place - 1:
            raise DataError(
                f"{path}, header: the columns {names.index(name) + 1} and {place} are both called"
                f" {name!r}, but for white space or Unicode form. Rename one."
            )
    return names
