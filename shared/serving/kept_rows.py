"""Requests kept by `serve --log-inputs`, where a row is no file: one NumPy archive each.

A window of a series has no times of day, so that no table could be read again as it was sent. The
archive holds the very tensors, which `predict` and `monitor` give to the same graph again.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Inputs, Rows
from shared.errors import DataError

__all__ = ["KEPT_SUFFIX", "holds_kept_rows", "read_kept_rows", "write_kept_rows"]

KEPT_SUFFIX = ".npz"
_END = b"."
"""Behind each string, since NumPy cuts zeros off the end of what it keeps without pickle."""


def write_kept_rows(path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Keep the rows of one request.

    Args:
        path: Of the archive.
        tensors: By name, with one row axis; strings are object arrays of bytes.
    """
    plain = {
        name: (array + _END).astype(np.bytes_) if array.dtype.kind == "O" else array
        for name, array in tensors.items()
    }
    with path.open("wb") as file:  # a path would get a suffix of NumPy's own
        np.savez(file, allow_pickle=False, **plain)


def holds_kept_rows(path: Path) -> bool:
    """Whether a folder, or a file, was kept by `serve --log-inputs`."""
    files = path.rglob(f"*{KEPT_SUFFIX}") if path.is_dir() else [path]
    return any(file.suffix == KEPT_SUFFIX for file in files)


def read_kept_rows(path: Path) -> Inputs:
    """Every row of every archive; ids are `file#row`.

    Raises:
        DataError: An archive is damaged, or its rows are unlike those of the first.
    """
    files = sorted(path.rglob(f"*{KEPT_SUFFIX}")) if path.is_dir() else [path]
    parts = [_read(file) for file in files]
    for file, part in zip(files, parts, strict=True):
        if _layout(part) != _layout(parts[0]):
            raise DataError(
                f"{file}: holds {_layout(part)}, {files[0].name} holds {_layout(parts[0])}. Keep"
                " rows of one model and version together."
            )
    ids = [
        f"{file.relative_to(path) if path.is_dir() else file.name}#{row}"
        for file, part in zip(files, parts, strict=True)
        for row in range(_num_rows(part))
    ]
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Inputs(np.asarray(ids, np.str_), lambda wanted: _take(rows, wanted))


def _take(rows: Mapping[str, NDArray[Any]], wanted: NDArray[np.int64]) -> Rows:
    return {name: array[wanted] for name, array in rows.items()}


def _read(file: Path) -> dict[str, NDArray[Any]]:
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            found = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{file}: is no archive of `serve --log-inputs`: {error}") from error
    if not found or len({array.shape[:1] for array in found.values()}) != 1:
        raise DataError(f"{file}: is no archive of `serve --log-inputs`: no row for each tensor")
    return {
        name: _strings(array) if array.dtype.kind == "S" else array for name, array in found.items()
    }


def _strings(array: NDArray[np.bytes_]) -> NDArray[np.object_]:
    found = np.empty(array.shape, object)
    found.ravel()[:] = [one.removesuffix(_END) for one in array.ravel().tolist()]
    return found


def _num_rows(part: Mapping[str, NDArray[Any]]) -> int:
    return len(next(iter(part.values())))


def _layout(part: Mapping[str, NDArray[Any]]) -> dict[str, tuple[int, ...]]:
    return {name: array.shape[1:] for name, array in part.items()}
