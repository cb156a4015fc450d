"""Raw texts to score: a table, a file with one text a line, or a folder with one text a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.sentiment.config import SentimentConfig, SentimentDataConfig
from pipelines.sentiment.reading.texts import NUL, why_unusable
from shared.config.setting_text import set_option
from shared.contract import Inputs, Rows
from shared.errors import DataError
from shared.loading.files.encodings import encoding_by_mark
from shared.loading.files.tables import (
    may_lack_header,
    read_first_row,
    read_table,
    require_columns,
    require_unique,
    table_suffix,
)
from shared.loading.files.text_files import read_unpacked
from shared.loading.files.user_files import files_below, printable_name, read_file
from shared.names import name_key, printable

__all__ = [
    "as_inputs",
    "decode_text",
    "is_wide",
    "list_text_files",
    "name_columns",
    "read_inputs",
    "read_text_files",
]

_WIDE = ("utf-16", "utf_16", "utf16", "utf-32", "utf_32", "utf32")
_LINE_END = re.compile("\r\n|\r|\n")


def read_inputs(config: SentimentConfig, path: Path) -> Inputs:
    """Find the texts below `path`.

    A `.txt` file holds one text a line (ids are line numbers), a folder one text per `.txt` file
    (ids are file names); any other file is a table with the text column and, if configured and
    there, the id column (else ids are row numbers). Labels are not needed.

    Raises:
        DataError: There is nothing, or the table can't be read.
    """
    if path.is_dir():
        return _from_folder(path, config.data)
    if table_suffix(path) == ".txt":
        return _from_lines(path, config.data)
    return _from_table(path, config.data)


def _from_folder(folder: Path, data: SentimentDataConfig) -> Inputs:
    return read_text_files(folder, list_text_files(folder), data)


def list_text_files(folder: Path) -> list[Path]:
    """The `.txt` files below a folder, in order.

    Raises:
        DataError: There is none.
    """
    files = [path for path in files_below(folder) if path.suffix.lower() == ".txt"]
    if not files:
        raise DataError(
            f"{folder}: there are no .txt files in this folder. Give a folder of texts, or one"
            " table."
        )
    return files


def read_text_files(folder: Path, files: Sequence[Path], data: SentimentDataConfig) -> Inputs:
    """Each file is a text."""
    texts: list[str | None] = []
    problems: dict[int, str] = {}
    for position, path in enumerate(files):
        try:
            content = read_file(path)
            texts.append(decode_text(content, encoding_by_mark(content) or data.encoding))
        except DataError as error:
            texts.append("")
            problems[position] = str(error)
    names = [printable_name(path.relative_to(folder)) for path in files]
    return as_inputs(names, texts, data, problems)


def _from_lines(path: Path, data: SentimentDataConfig) -> Inputs:
    content = read_unpacked(path)
    if not content:
        raise DataError(f"{path}: the file is empty.")
    encoding = encoding_by_mark(content) or data.encoding
    if not is_wide(encoding):
        lines = [decode_text(line, encoding) for line in content.splitlines()]
    else:  # a line end is more than one byte
        text = decode_text(content, encoding)
        if text is None:
            raise DataError(f"{path}: {_not_in(encoding)}.")
        lines = list(_LINE_END.split(text.removesuffix("\n")))
    return as_inputs([str(number) for number in range(1, len(lines) + 1)], lines, data)


def _from_table(path: Path, data: SentimentDataConfig) -> Inputs:
    table = read_table(
        path, columns=name_columns(path, data), encoding=data.encoding, separator=data.separator
    )
    require_columns(table, {"data.text_column": [data.text_column]}, path=path)
    ids = [str(row) for row in range(1, len(table) + 1)]
    if data.id_column is not None and data.id_column in table.columns:
        require_unique(table, data.id_column, path=path)
        ids = [printable(name_key(name)) for name in table[data.id_column]]
    return as_inputs(ids, table[data.text_column].tolist(), data)


def name_columns(path: Path, data: SentimentDataConfig) -> Sequence[str] | None:
    """Column names for a file without a header.

    Training data without one may be followed by inputs with one, or by texts alone.
    """
    if data.columns is None or not may_lack_header(path):
        return None
    first = read_first_row(path, encoding=data.encoding, separator=data.separator)
    if data.text_column in first:
        return None
    return (data.text_column,) if len(first) == 1 else data.columns


def is_wide(encoding: str) -> bool:
    """Whether every character, and so a line end, is more than one byte."""
    return encoding.lower().startswith(_WIDE)


def decode_text(content: bytes, encoding: str) -> str | None:
    """The text; None if the bytes are not of this encoding."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _not_in(encoding: str) -> str:
    return (
        f"not {encoding.upper().removesuffix('-SIG')}; convert it with iconv -t UTF-8, or name its"
        f" encoding with {set_option('data.encoding', 'cp1252')}"
    )


def as_inputs(
    ids: Sequence[str],
    texts: Sequence[str | None],
    data: SentimentDataConfig,
    known: Mapping[int, str] | None = None,
) -> Inputs:
    """Texts with what is wrong with each.

    Args:
        ids: One of each text.
        texts: None where bytes could not be decoded.
        data: Limits, and the encoding for messages.
        known: Position -> what is wrong already.
    """
    problems = {ids[position]: reason for position, reason in (known or {}).items()}
    for identifier, text in zip(ids, texts, strict=True):
        reason = (
            _not_in(data.encoding)
            if text is None
            else NUL
            if "\0" in text
            else why_unusable(text, data)
        )
        if reason is not None:
            problems.setdefault(identifier, reason)
    column = np.empty(len(texts), dtype=object)
    column[:] = [text or "" for text in texts]

    def rows(indices: NDArray[np.int64]) -> Rows:
        return {"text": column[indices]}

    return Inputs(ids=np.array(ids, dtype=str), rows=rows, problems=problems)
