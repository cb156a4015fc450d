"""Columns that follow from the number of a row, computed when they are asked for and never kept.

A series of 2,000 steps has 1,800 windows: their targets, names and moments, kept, are hundreds of
times what they are cut from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

__all__ = ["PIECE_ROWS", "computed_column", "taken"]

PIECE_ROWS = 2**16
"""Rows that are computed at once where all are looked at, a piece at a time."""

_Compute = Callable[[NDArray[np.int64]], NDArray[Any]]


def computed_column(compute: _Compute, length: int) -> NDArray[Any]:
    """What is read like an array (n, …), and holds none of its numbers.

    `column[rows]` computes these rows; every other use (a function of NumPy, an operator, a
    method) computes all of them for as long as it lasts. Where there may be many rows, go through
    them in pieces of `PIECE_ROWS`.

    Args:
        compute: Rows (m,) int64 -> their values (m, …), the same whichever are asked for together.
        length: n.
    """
    return cast("NDArray[Any]", _ComputedColumn(compute, length))


def taken(column: NDArray[Any], rows: NDArray[np.int64] | slice) -> NDArray[Any]:
    """`column[rows]`, as a computed column where it is one."""
    if isinstance(column, _ComputedColumn):
        chosen = np.arange(len(column))[rows] if isinstance(rows, slice) else rows
        return cast("NDArray[Any]", column.of_rows(chosen))
    return column[rows]


class _ComputedColumn(NDArrayOperatorsMixin):
    def __init__(
        self, compute: _Compute, length: int, rows: NDArray[np.int64] | None = None
    ) -> None:
        self._compute = compute
        self._length = length
        self._rows = rows  # None: all in order, which takes no room

    def of_rows(self, rows: NDArray[np.int64]) -> _ComputedColumn:
        rows = rows if self._rows is None else self._rows[rows]
        return _ComputedColumn(self._compute, len(rows), rows)

    def _at(self, key: Any) -> NDArray[Any]:
        if self._rows is not None:
            return self._compute(self._rows[key])
        if isinstance(key, slice):
            return self._compute(np.arange(*key.indices(self._length), dtype=np.int64))
        rows = np.asarray(key)
        if rows.dtype == np.bool_:
            return self._compute(np.flatnonzero(rows))
        return self._compute(np.where(rows < 0, rows + self._length, rows).astype(np.int64))

    def __len__(self) -> int:
        return self._length

    @cached_property
    def _first(self) -> NDArray[Any]:
        return self._at(slice(1))

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self._first.shape[1:])

    @property
    def ndim(self) -> int:
        return self._first.ndim

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._first.dtype

    def __getitem__(self, key: Any) -> Any:
        first, *others = key if isinstance(key, tuple) else (key,)
        if first is None or first is Ellipsis:
            return np.asarray(self)[key]
        if isinstance(first, int | np.integer):
            one = self._at([first])[0]
            return one[tuple(others)] if others else one
        values = self._at(first)
        return values[(slice(None), *others)] if others else values

    def __iter__(self) -> Iterator[Any]:
        return iter(np.asarray(self))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        del copy  # nothing is kept, so that it is always one
        pieces = (self[start : start + PIECE_ROWS] for start in range(0, len(self), PIECE_ROWS))
        if self.dtype.kind == "U":  # whose width is that of the longest
            values = np.concatenate([self._first[:0], *pieces])
        else:
            values = np.empty(self.shape, self.dtype)
            for place, piece in enumerate(pieces):
                values[place * PIECE_ROWS : place * PIECE_ROWS + len(piece)] = piece
        return values if dtype is None else values.astype(dtype, copy=False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        arrays = (np.asarray(item) if isinstance(item, type(self)) else item for item in inputs)
        return getattr(ufunc, method)(*arrays, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # protocols that it does not speak
            raise AttributeError(name)
        return getattr(np.asarray(self), name)
