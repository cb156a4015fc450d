"""The same texts as `inputs.py` reads, in pieces: a million of them, in the memory of a few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import pandas as pd

from pipelines.sentiment.config import SentimentConfig, SentimentDataConfig
from pipelines.sentiment.reading.inputs import (
    as_inputs,
    decode_text,
    is_wide,
    list_text_files,
    name_columns,
    read_inputs,
    read_text_files,
)
from shared.contract import Inputs, InputStream
from shared.errors import DataError
from shared.loading.files.encodings import encoding_by_mark
from shared.loading.files.table_pieces import iterate_table
from shared.loading.files.tables import repeated_id, require_columns, table_suffix
from shared.loading.files.text_files import first_bytes, iterate_line_bytes
from shared.names import name_key, printable

__all__ = ["stream_inputs"]

_READ_ROWS = 512
_Rows = Iterator[tuple[str, str | None]]  # id and text, None where it could not be decoded


def stream_inputs(config: SentimentConfig, path: Path) -> InputStream:
    """Find the texts below `path`, as `read_inputs` does.

    A file is read twice: once to be judged and counted, with nothing kept but ids where a column
    holds them, since they must be unique; and once piece by piece. Lines in UTF-16 and UTF-32 are
    kept whole.

    Raises:
        DataError: As `read_inputs`.
    """
    data = config.data
    if path.is_dir():
        return _of_folder(path, data)
    if table_suffix(path) != ".txt":
        table = _Table.survey(path, data)
        return InputStream(table.num_rows, partial(_pieces, table.rows, data), [path])
    encoding = encoding_by_mark(first_bytes(path)) or data.encoding
    if is_wide(encoding):
        return InputStream.of(read_inputs(config, path), [path])
    lines = partial(_lines, path, encoding)
    num_lines = sum(1 for _ in iterate_line_bytes(path))
    if not num_lines:
        raise DataError(f"{path}: the file is empty.")
    return InputStream(num_lines, partial(_pieces, lines, data), [path])


def _of_folder(folder: Path, data: SentimentDataConfig) -> InputStream:
    files = list_text_files(folder)

    def pieces(size: int) -> Iterator[Callable[[], Inputs]]:
        for start in range(0, len(files), size):
            yield partial(read_text_files, folder, files[start : start + size], data)

    return InputStream(len(files), pieces, files)


def _pieces(
    rows: Callable[[], _Rows], data: SentimentDataConfig, size: int
) -> Iterator[Callable[[], Inputs]]:
    found = rows()
    while piece := list(islice(found, size)):
        ids, texts = zip(*piece, strict=True)
        yield partial(as_inputs, ids, texts, data)


def _lines(path: Path, encoding: str) -> _Rows:
    for number, line in enumerate(iterate_line_bytes(path), start=1):
        yield str(number), decode_text(line, encoding)


@dataclass
class _Table:
    """A table: first judged as a whole, then read row by row.

    Attributes:
        path: The file.
        data: Names the columns.
        names: Of its columns, if it has no header.
        found: Columns that any piece has; JSON lines may lack a key in some.
        num_rows: All.
    """

    path: Path
    data: SentimentDataConfig
    names: Sequence[str] | None
    found: set[str]
    num_rows: int

    @classmethod
    def survey(cls, path: Path, data: SentimentDataConfig) -> _Table:
        """Read the whole table once.

        Raises:
            DataError: As `read_inputs`.
        """
        table = cls(path, data, name_columns(path, data), set(), 0)
        repeated = table._count()
        if data.text_column not in table.found:
            first = next(table._pieces())
            require_columns(first, {"data.text_column": [data.text_column]}, path=path)
        if repeated is not None and data.id_column in table.found:
            raise repeated
        return table

    def rows(self) -> _Rows:
        """Id and text of each row."""
        has_ids = self.data.id_column in self.found
        number = 0
        for piece in self._pieces():
            texts = _column(piece, self.data.text_column)
            for name, text in zip(_column(piece, self.data.id_column), texts, strict=True):
                number += 1
                yield printable(name_key(name)) if has_ids else str(number), text

    def _count(self) -> DataError | None:
        """Count rows and columns; the refusal of the first id that comes again, if one does."""
        ids: set[str] = set()
        repeated = None
        for piece in self._pieces():
            self.found |= set(piece.columns)
            for name in _column(piece, self.data.id_column):
                self.num_rows += 1
                if repeated is None and self.data.id_column is not None:
                    ids.add(name_key(name))
                    if len(ids) < self.num_rows:
                        repeated = repeated_id(self.path, self.num_rows, self.data.id_column, name)
        return repeated

    def _pieces(self) -> Iterator[pd.DataFrame]:
        return iterate_table(
            self.path,
            num_rows=_READ_ROWS,
            columns=self.names,
            encoding=self.data.encoding,
            separator=self.data.separator,
        )


def _column(piece: pd.DataFrame, name: str | None) -> list[str]:
    return piece[name].tolist() if name in piece else [""] * len(piece)
