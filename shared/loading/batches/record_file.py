"""Named arrays as fixed-size records in one raw file, of which any rows can be read alone.

<folder>/header.json   what a record holds, how many there are, and the SHA-256 of the records
<folder>/records.bin   row 0's arrays one after the other, then row 1's, …, in the machine's byte
order

Not ArrayRecord, which TensorFlow Datasets brings along: it stores bytes of any length in compressed
chunks. The names, dtypes and shapes, the packing and the checksum below would stay, and each row of
a shuffled batch would unpack a chunk and become a Python object before it is an array.
"""

from __future__ import annotations

import hashlib
import math
import os
import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from shared.errors import ContractError, DataError

__all__ = ["Field", "RecordFile", "write_records"]

_HEADER = "header.json"
_RECORDS = "records.bin"
_BLOCK_BYTES = 8 * 2**20
"""Read at once by whoever reads everything."""


class Field(BaseModel):
    """One array of a record: its name, NumPy dtype and shape without the leading axis."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    dtype: str
    shape: tuple[NonNegativeInt, ...]

    @property
    def num_bytes(self) -> int:
        """Size of one row of this array."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


class _Header(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    byte_order: Literal["little", "big"] = sys.byteorder
    fields: tuple[Field, ...]
    num_records: NonNegativeInt
    sha256: str


class RecordFile:
    """Reads records by number through a file descriptor.

    Not a memory map: the pages of a map count as memory of the process until the system takes them
    back, so that a training over all rows would seem to hold all rows.

    Args:
        folder: As `write_records` left it.

    Raises:
        DataError: A file is missing, or the header or the size of the records is not what
            `write_records` writes.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _RECORDS
        try:
            header = _Header.model_validate_json((folder / _HEADER).read_bytes())
            descriptor = os.open(self._path, os.O_RDONLY)
        except (OSError, ValidationError) as error:
            raise DataError(f"{folder}: these records can't be read ({error}).") from error
        self._descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)
        self.fields = header.fields
        self.num_records = header.num_records
        self.record_bytes = sum(field.num_bytes for field in header.fields)
        self._sha256 = header.sha256
        num_bytes = os.fstat(descriptor).st_size
        if num_bytes != self.num_bytes or header.byte_order != sys.byteorder:
            raise DataError(
                f"{self._path}: expected {self.num_bytes} bytes, {sys.byteorder}-endian; found"
                f" {num_bytes}, {header.byte_order}."
            )

    @property
    def num_bytes(self) -> int:
        """Size of all records."""
        return self.num_records * self.record_bytes

    def read(self, indices: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """The records at `indices` ((m,) int64) as arrays (m, …) by name, in that order."""
        records = np.empty((len(indices), self.record_bytes), np.uint8)
        view = records.reshape(-1).data
        size = self.record_bytes
        in_file_order = np.argsort(indices, kind="stable")  # for disks that turn
        for place in in_file_order.tolist():
            target = view[place * size : (place + 1) * size]
            self._fill(target, int(indices[place]) * size)
        return _unpacked(records, self.fields)

    def read_all(self) -> dict[str, NDArray[Any]]:
        """All records as arrays (num_records, …) by name; the file is read once and held once."""
        arrays = {
            field.name: np.empty((self.num_records, *field.shape), field.dtype)
            for field in self.fields
        }
        for start, records in self._blocks():
            for name, values in _unpacked(records, self.fields).items():
                arrays[name][start : start + len(records)] = values
        return arrays

    def is_intact(self) -> bool:
        """Whether the records are the bytes that were written, by their SHA-256.

        Reads them all, in bounded memory.
        """
        digest = hashlib.sha256()
        for _, records in self._blocks():
            digest.update(records.data)
        return digest.hexdigest() == self._sha256

    def _blocks(self) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        rows_per_block = max(1, _BLOCK_BYTES // max(1, self.record_bytes))
        for start in range(0, self.num_records, rows_per_block):
            num_rows = min(rows_per_block, self.num_records - start)
            records = np.empty((num_rows, self.record_bytes), np.uint8)
            self._fill(records.reshape(-1).data, start * self.record_bytes)
            yield start, records

    def _fill(self, target: memoryview, offset: int) -> None:
        done = 0
        while done < target.nbytes:  # a read may stop early, at a signal or at 2 GiB
            count = os.preadv(self._descriptor, [target[done:]], offset + done)
            if count == 0:
                raise DataError(
                    f"{self._path} ended while it was read: somebody shortened it. Remove its"
                    " folder and start again."
                )
            done += count


def write_records(
    folder: Path, fields: Iterable[Field], chunks: Iterable[Mapping[str, NDArray[Any]]]
) -> None:
    """Write chunks of rows, one after the other, into `folder`, which exists and is empty.

    Holds one chunk at a time.

    The header is written last, so that a folder without one was never finished.

    Raises:
        ContractError: A chunk's arrays are not what `fields` says.
    """
    fields = tuple(sorted(fields, key=lambda field: field.name))
    digest = hashlib.sha256()
    num_records = 0
    with (folder / _RECORDS).open("wb") as stream:
        for chunk in chunks:
            records = _packed(chunk, fields)
            stream.write(records.data)
            digest.update(records.data)
            num_records += len(records)
        stream.flush()
        os.fsync(stream.fileno())
    header = _Header(fields=fields, num_records=num_records, sha256=digest.hexdigest())
    (folder / _HEADER).write_text(header.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _packed(chunk: Mapping[str, NDArray[Any]], fields: tuple[Field, ...]) -> NDArray[np.uint8]:
    found = tuple(
        Field(name=name, dtype=chunk[name].dtype.name, shape=chunk[name].shape[1:])
        for name in sorted(chunk)
    )
    if found != fields:
        raise ContractError(
            f"Rows must be {[str(field) for field in fields]}, received"
            f" {[str(field) for field in found]}."
        )
    num_rows = len(next(iter(chunk.values())))
    columns = [
        np.ascontiguousarray(chunk[field.name]).reshape(num_rows, -1).view(np.uint8)
        for field in fields
    ]
    return np.concatenate(columns, axis=1)  # (rows, record bytes)


def _unpacked(records: NDArray[np.uint8], fields: tuple[Field, ...]) -> dict[str, NDArray[Any]]:
    arrays = {}
    start = 0
    for field in fields:
        column = np.ascontiguousarray(records[:, start : start + field.num_bytes])
        arrays[field.name] = column.view(field.dtype).reshape(len(records), *field.shape)
        start += field.num_bytes
    return arrays
