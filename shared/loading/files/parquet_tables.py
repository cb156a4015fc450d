"""Parquet files, bounded by the size that they unpack to.

The notes that pandas leaves in them are not obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shared.errors import DataError
from shared.loading.files.user_files import why_not_regular

__all__ = ["iterate_parquet", "read_parquet"]

_LARGEST_TABLE_BYTES = 2**34  # 16 GiB unpacked
# A column of one value takes no room in the file, but 8 bytes a cell in memory: 4 GiB.
_MOST_CELLS = 2**29

_NULLABLE = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}
"""Because otherwise one missing value turns the label 1 into 1.0."""


def read_parquet(path: Path, *, num_rows: int | None = None) -> pd.DataFrame:
    """Read all columns, an index that pandas stored under a name included.

    Args:
        path: The file.
        num_rows: Read no more than these; None: all.

    Raises:
        DataError: Not a regular or not a Parquet file; damaged, too large, with a column name
            twice, or bytes that are no UTF-8.
    """
    with _opened(path) as file:
        if num_rows is not None:
            return _as_frame(_first_rows(file, num_rows))
        _check_size(range(file.metadata.num_row_groups), file.metadata, path)
        return _as_frame(file.read())


def iterate_parquet(path: Path, *, num_rows: int) -> Iterator[pd.DataFrame]:
    """Tables of at most so many rows, in order, read as they are asked for.

    The size of a file is not bounded, that of each row group is. Errors are those of
    `read_parquet`.
    """
    with _opened(path) as file:
        for index in range(file.metadata.num_row_groups):
            _check_size([index], file.metadata, path)
        for batch in file.iter_batches(batch_size=num_rows):
            yield _as_frame(pa.Table.from_batches([batch]))


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """The file with unique column names; whatever reading raises, raised for people."""
    reason = why_not_regular(path)
    if reason is not None:
        raise DataError(f"{path}: {reason}.")
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            _check_names(file.schema_arrow.names, path)
            yield file
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise DataError(f"{path}: can't be read as a PARQUET: {error}.") from error


def _first_rows(file: pq.ParquetFile, num_rows: int) -> pa.Table:
    batches = islice(file.iter_batches(batch_size=num_rows), 1)
    return pa.Table.from_batches(batches, schema=file.schema_arrow)


def _as_frame(content: pa.Table) -> pd.DataFrame:
    # A text may not be the UTF-8 that it is said to be, and an offset lead out of its buffer.
    content.validate(full=True)
    # The pandas metadata of a stranger's file is not obeyed: it would make indices of columns.
    table: pd.DataFrame = content.to_pandas(ignore_metadata=True, types_mapper=_NULLABLE.get)
    return table


def _check_size(groups: Iterable[int], metadata: Any, path: Path) -> None:
    found = [metadata.row_group(index) for index in groups]
    num_bytes = sum(group.total_byte_size for group in found)
    num_cells = sum(group.num_rows for group in found) * metadata.num_columns
    if num_bytes > _LARGEST_TABLE_BYTES or num_cells > _MOST_CELLS:
        raise DataError(
            f"{path}: unpacks to {num_cells:,} cells ({num_bytes / 2**20:,.0f} MiB), more than can"
            f" be read at once ({_MOST_CELLS:,} cells, {_LARGEST_TABLE_BYTES / 2**20:,.0f} MiB)."
            " Keep the columns that are needed."
        )


def _check_names(names: list[str], path: Path) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(
            f"{path}: the column {repeated[0]!r} appears twice; column names must be unique."
        )
