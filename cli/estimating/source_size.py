"""How many rows or files a source has, without reading them all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from shared.loading.files.tables import is_table, table_suffix
from shared.loading.public.catalogue import is_public

__all__ = ["count_files", "count_rows"]

_SAMPLED_BYTES = 1_000_000


def count_rows(source: str) -> int | None:
    """About how many rows the tables of a source have; None if that can't be told cheaply.

    Of text, from the lines of its first megabyte: cells that hold line breaks make it too many.
    """
    if source == "demo" or is_public(source):
        return None
    tables = [path for path in _paths(source) if is_table(path)]
    counts = [_rows_of(path) for path in tables]
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def count_files(source: str) -> int | None:
    """Files of a source that are no tables, at most as many as its tables have rows; None if none.

    Beside what tables list lie masks and whatever else.
    """
    if source == "demo" or is_public(source):
        return None
    files = sum(not is_table(path) for path in _paths(source))
    listed = count_rows(source)
    return (files if listed is None else min(files, listed)) or None


def _paths(source: str) -> Iterator[Path]:
    if Path(source).is_file():
        yield Path(source)
        return
    for folder, _, names in os.walk(source):
        yield from (Path(folder) / name for name in names)


def _rows_of(path: Path) -> int | None:
    if table_suffix(path) == ".parquet":
        return _rows_of_parquet(path)
    if path.suffix.lower() != table_suffix(path):
        return None  # packed
    try:
        with path.open("rb") as file:
            sample = file.read(_SAMPLED_BYTES)
        size = path.stat().st_size
    except OSError:
        return None  # whoever reads it says why it can't be read
    lines = sample.count(b"\n")
    return round(size / len(sample) * lines) if lines else None


def _rows_of_parquet(path: Path) -> int | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException):
        return None
