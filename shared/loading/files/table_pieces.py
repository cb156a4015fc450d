"""The user's tables piece by piece, with the rules and the errors of reading them whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from shared.errors import DataError
from shared.loading.files.delimited import iterate_rows
from shared.loading.files.json_lines import iterate_objects
from shared.loading.files.parquet_tables import iterate_parquet
from shared.loading.files.tables import (
    column_names,
    may_lack_header,
    read_table,
    require_known_kind,
    table_suffix,
)
from shared.loading.files.text_values import as_text

__all__ = ["iterate_table"]


def iterate_table(
    path: Path,
    *,
    num_rows: int,
    columns: Sequence[str] | None = None,
    encoding: str = "utf-8",
    separator: str | None = None,
) -> Iterator[pd.DataFrame]:
    """The rows of a table as `read_table` gives them, at most `num_rows` at a time.

    Args:
        path: The file.
        num_rows: Of a piece.
        columns: As in `read_table`, like all that follow.
        encoding: Of text files.
        separator: Of fields in text files.

    Yields:
        Every value as text. Of JSON lines, a key that no object of a piece has is no column of it.

    Raises:
        DataError: As `read_table`, but of a fault in a row only when its piece is asked for.
    """
    require_known_kind(path)
    frames: Iterator[pd.DataFrame]
    if may_lack_header(path):
        rows = iterate_rows(
            path, table_suffix(path), columns=columns, encoding=encoding, separator=separator
        )
        names = column_names(next(rows), path)
        frames = (pd.DataFrame(piece, columns=names, dtype=object) for piece in _in(rows, num_rows))
    elif table_suffix(path) == ".parquet" == path.suffix.lower():
        found = iterate_parquet(path, num_rows=num_rows)
        frames = (_tidied(as_text(piece, path), path) for piece in found)
    elif table_suffix(path) != ".parquet":
        objects = iterate_objects(path, encoding=encoding)
        frames = (_of_objects(piece, path) for piece in _in(objects, num_rows))
    else:
        frames = iter([read_table(path)])  # refuses a packed Parquet file, in words
    yield from _with_rows(frames, path)


def _in(rows: Iterator[Any], num_rows: int) -> Iterator[list[Any]]:
    return iter(lambda: list(islice(rows, num_rows)), [])


def _of_objects(objects: list[dict[str, Any]], path: Path) -> pd.DataFrame:
    return _tidied(as_text(pd.DataFrame.from_records(objects), path), path)


def _tidied(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    return table.set_axis(column_names(table.columns, path), axis=1)


def _with_rows(frames: Iterator[pd.DataFrame], path: Path) -> Iterator[pd.DataFrame]:
    is_empty = True
    for frame in frames:
        is_empty = is_empty and len(frame) == 0
        yield frame
    if is_empty:
        raise DataError(f"{path}: the file has no rows.")
