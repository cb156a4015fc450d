"""Raw texts to score: a table, a file with one text a line, or a folder with one text a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.sentiment.config import SentimentConfig, SentimentDataConfig
from pipelines.sentiment.words import is_blank
from shared.contract import Inputs, Rows
from shared.errors import DataError
from shared.loading.tables import read_first_row, read_table, require_columns, require_unique

__all__ = ["read_inputs"]

_EMPTY = "the text is empty"
_NOT_UTF8 = "not UTF-8; convert it, for example with iconv -t UTF-8"


def read_inputs(config: SentimentConfig, path: Path) -> Inputs:
    """Find the texts below `path`.

    A `.txt` file holds one text a line (ids are line numbers), a folder one text per `.txt` file (ids are file names); any other
    file is a table with the text column and, if configured and there, the id column (else ids are row numbers). Labels are not
    needed.

    Raises:
        DataError: There is nothing, or the table can't be read.
    """
    if path.is_dir():
        return _from_folder(path)
    if path.suffix.lower() == ".txt" and path.is_file():
        return _from_lines(path)
    return _from_table(path, config.data)


def _from_folder(folder: Path) -> Inputs:
    files = sorted(path for path in folder.rglob("*.txt") if path.is_file())
    if not files:
        raise DataError(f"{folder}: there are no .txt files in this folder. Give a folder of texts, or one table.")
    return _inputs([str(path.relative_to(folder)) for path in files], [_decoded(path.read_bytes()) for path in files])


def _from_lines(path: Path) -> Inputs:
    lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    if not lines:
        raise DataError(f"{path}: the file is empty.")
    return _inputs([str(number) for number in range(1, len(lines) + 1)], [_decoded(line) for line in lines])


def _from_table(path: Path, data: SentimentDataConfig) -> Inputs:
    table = read_table(path, columns=_columns_of(path, data))
    require_columns(table, [data.text_column], path=path, setting="data.text_column")
    ids = [str(row) for row in range(1, len(table) + 1)]
    if data.id_column is not None and data.id_column in table.columns:
        require_unique(table, data.id_column, path=path)
        ids = table[data.id_column].tolist()
    return _inputs(ids, table[data.text_column].tolist())


def _columns_of(path: Path, data: SentimentDataConfig) -> Sequence[str] | None:
    """Column names for a file without a header. Training data without one may be followed by inputs with one, or by texts alone."""
    if data.columns is None or path.suffix.lower() in {".jsonl", ".ndjson", ".parquet"}:
        return None
    first = read_first_row(path)
    if data.text_column in first:
        return None
    return (data.text_column,) if len(first) == 1 else data.columns


def _decoded(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _inputs(ids: Sequence[str], texts: Sequence[str | None]) -> Inputs:
    problems = {}
    for identifier, text in zip(ids, texts, strict=True):
        if text is None:
            problems[identifier] = _NOT_UTF8
        elif is_blank(text):
            problems[identifier] = _EMPTY
    column = np.empty(len(texts), dtype=object)
    column[:] = [text or "" for text in texts]

    def rows(indices: NDArray[np.int64]) -> Rows:
        return {"text": column[indices]}

    return Inputs(ids=np.array(ids, dtype=str), rows=rows, problems=problems)
