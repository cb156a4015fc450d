"""What a source looks like, for pipelines that say whether they recognise it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice
from pathlib import Path

import pandas as pd

from shared.contract import Recognition
from shared.errors import DataError
from shared.loading.files.tables import (
    is_table,
    may_lack_header,
    read_column_names,
    read_table,
)
from shared.loading.public.catalogue import find_dataset, is_public
from shared.loading.public.description import Kind

__all__ = ["find_tables", "is_empty", "recognise_dataset", "recognise_files", "sample_rows"]

_FILES_LOOKED_AT = 2000
_ROWS_LOOKED_AT = 200
_LONGEST_MARK = 4
"""Bytes of UTF-32's byte order mark."""
_FEWEST_NAMES = 0.9
"""Share of a column's cells that must name files of a kind."""


def recognise_dataset(source: str, kind: Kind) -> Recognition | None:
    """A public dataset of one kind of examples; None for any other, and for files.

    Args:
        source: As in `data.source`.
        kind: What the pipeline reads.
    """
    if not is_public(source):
        return None
    description, _ = find_dataset(source)
    if description.kind != kind:
        return None
    return Recognition(f"{description.name} holds {kind}", num_files=1)


def recognise_files(
    source: str,
    kind: Kind,
    suffixes: Collection[str],
    has_mark: Callable[[Path], bool] | None = None,
) -> Recognition | None:
    """Files of one kind, a table that names such files, or a public dataset of that kind.

    Args:
        source: As in `data.source`.
        kind: What the pipeline reads, such as "images".
        suffixes: Lower case, with their dots.
        has_mark: Whether a file of another suffix begins like one of this kind; None: none does.
    """
    if is_public(source):
        return recognise_dataset(source, kind)
    num_files = sum(_is_one(file, suffixes, has_mark) for file in _files(source))
    if num_files:
        return Recognition(f"it holds {kind}", num_files)
    tables = find_tables(source)
    num_named = _num_named(tables[0], suffixes) if tables else 0
    return Recognition(f"{tables[0].name} names {kind}", num_named) if num_named else None


def find_tables(source: str) -> list[Path]:
    """The tables among a source's files, sorted; none of a public dataset."""
    return [] if is_public(source) else sorted(filter(is_table, _files(source)))


def is_empty(path: Path) -> bool:
    """Whether a file holds nothing but a byte order mark, or a folder no file."""
    if path.is_dir():
        return next(_files(str(path)), None) is None
    return path.is_file() and path.stat().st_size <= _LONGEST_MARK


def sample_rows(path: Path) -> pd.DataFrame:
    """The first rows of a table, to see what it is about before anyone has said how to read it.

    Text that is not UTF-8 is read as Latin-1: what is in ASCII comes out right. Of a file whose
    first line names no columns, that line.

    Raises:
        DataError: It can't be read at all.
    """
    try:
        return read_table(path, num_rows=_ROWS_LOOKED_AT)
    except DataError:
        if not may_lack_header(path):
            raise
    try:
        return read_table(path, encoding="latin-1", num_rows=_ROWS_LOOKED_AT)
    except DataError:  # no rows, or values that are no names of columns
        return pd.DataFrame(columns=list(dict.fromkeys(read_column_names(path))))


def _is_one(file: Path, suffixes: Collection[str], has_mark: Callable[[Path], bool] | None) -> bool:
    if file.suffix.lower() in suffixes:
        return True
    return has_mark is not None and not is_table(file) and has_mark(file)


def _num_named(table: Path, suffixes: Collection[str]) -> int:
    """How many files of one kind a column of a table names."""
    sample = sample_rows(table)
    for name in sample.columns:
        names = sample[name].astype(str)
        is_file = names.map(lambda cell: Path(cell.replace("\\", "/")).suffix.lower() in suffixes)
        if len(names) and is_file.mean() >= _FEWEST_NAMES:
            return int(is_file.sum())
    return 0


def _files(source: str) -> Iterator[Path]:
    """The first files of a source: enough to see what it is."""
    path = Path(source)
    if path.is_file():
        return iter([path])
    return islice((file for file in path.rglob("*") if file.is_file()), _FILES_LOOKED_AT)
