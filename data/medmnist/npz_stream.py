"""Reading arrays of an `.npz` file row by row: a set of 224 px does not fit in memory."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError

__all__ = ["StreamedArray", "open_array"]


@dataclass(frozen=True)
class StreamedArray:
    """An array inside an archive.

    Attributes:
        shape: Of the whole array.
        dtype: A plain number; objects are refused, because they would be unpickled.
        stream: Where its rows begin.
        where: File and array, for messages.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    stream: IO[bytes]
    where: str

    def rows(self) -> Iterator[NDArray[np.generic]]:
        """One row after the other; the array can be read once.

        Raises:
            DataError: There is less than the header promises.
        """
        num_bytes = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize
        for row in range(self.shape[0]):
            content = self.stream.read(num_bytes)
            if len(content) < num_bytes:
                raise DataError(
                    f"{self.where}: truncated after {row} of {self.shape[0]} rows. Get the file"
                    " again."
                )
            yield np.frombuffer(content, dtype=self.dtype).reshape(self.shape[1:])


@contextmanager
def open_array(path: Path, name: str) -> Iterator[StreamedArray]:
    """Open one array of an `.npz` file.

    Args:
        path: The file.
        name: Of the array, without `.npy`.

    Raises:
        DataError: The file is damaged, has no such array, or it holds no plain numbers.
    """
    where = f"{path}, {name}"
    try:
        with zipfile.ZipFile(path) as archive:
            if f"{name}.npy" not in archive.namelist():
                raise DataError(
                    f"{path}: there is no array {name!r}. Arrays: {', '.join(archive.namelist())}."
                )
            with archive.open(f"{name}.npy") as stream:
                shape, dtype = _read_header(stream, where)
                yield StreamedArray(shape, dtype, stream, where)
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise DataError(f"{where}: not a readable .npz file ({error}). Get it again.") from error


def _read_header(stream: IO[bytes], where: str) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    try:
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, is_fortran, dtype = read(stream)
    except ValueError as error:
        raise DataError(f"{where}: its header is damaged ({error}). Get the file again.") from error
    if dtype.kind not in "iu" or is_fortran or not shape:
        raise DataError(
            f"{where}: expected rows of whole numbers, received {dtype} of shape {shape}."
        )
    return shape, dtype
