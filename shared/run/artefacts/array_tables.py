"""Arrays as Parquet columns, flattened row-major, their shapes in the column metadata.

And what to say of a file that is damaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from shared.errors import ContractError, MissingArtefactError

__all__ = ["array_table", "array_values", "naming_damage", "read_array_table"]


def array_table(columns: Mapping[str, NDArray[Any]]) -> Any:
    """A `pyarrow.Table` of arrays with one common leading axis."""
    fields, arrays = zip(*(_column(name, values) for name, values in columns.items()), strict=True)
    return pa.table(list(arrays), schema=pa.schema(list(fields)))


def array_values(table: Any, name: str) -> NDArray[Any]:
    """One column as the array it was made from."""
    column = table[name].combine_chunks()
    metadata = table.schema.field(name).metadata or {}
    if b"shape" not in metadata:
        return np.asarray(column.to_numpy(zero_copy_only=False))
    row_shape = [int(size) for size in metadata[b"shape"].decode().split(",")]
    # flatten() honours the offsets of a filtered table, .values would not.
    return np.asarray(column.flatten().to_numpy(zero_copy_only=False)).reshape(-1, *row_shape)


def read_array_table(path: Path, again: str, columns: Sequence[str] | None = None) -> Any:
    """The `pyarrow.Table` in a file.

    Args:
        path: Of the file.
        again: What makes it again.
        columns: Only these, as far as they are there; None for all.

    Raises:
        MissingArtefactError: It is damaged; the message says what makes it `again`.
    """
    try:
        _require_file(path)
        table = pq.ParquetFile(path).read(columns)
        table.validate(full=True)
        return table
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        raise MissingArtefactError(
            f"{path} is not a readable Parquet file ({error}). Make it again with {again}"
        ) from error


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise OSError("it is no file")  # a pipe would be waited for


@contextmanager
def naming_damage(path: Path, again: str) -> Iterator[None]:
    """Names the file whose columns are not as they were written, and what makes it `again`."""
    try:
        yield
    except (
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        OverflowError,
        pa.ArrowException,
        ContractError,
    ) as error:
        raise MissingArtefactError(
            f"{path} is not as its stage writes it ({error}). Make it again with {again}"
        ) from error


def _column(name: str, values: NDArray[Any]) -> tuple[Any, Any]:
    if values.ndim == 1:
        array = _strings(values) if values.dtype.kind in "UTO" else pa.array(values)
        return pa.field(name, array.type), array
    row_shape = values.shape[1:]
    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    array = pa.FixedSizeListArray.from_arrays(flat, int(np.prod(row_shape)))
    return pa.field(name, array.type, metadata={"shape": ",".join(map(str, row_shape))}), array


def _strings(values: NDArray[Any]) -> Any:
    # NumPy's own strings need no Python object each.
    return pa.array(values if values.dtype.kind == "U" else values.tolist(), pa.string())
