from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from shared.computed_column import PIECE_ROWS, computed_column, taken

_VALUES = np.arange(30, dtype=np.float64).reshape(10, 3)


class _Counted:
    """Counts the rows that are computed."""

    def __init__(self, values: NDArray[np.float64] = _VALUES) -> None:
        self.values = values
        self.num_rows = 0

    def __call__(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        self.num_rows += len(rows)
        return self.values[rows]


@pytest.mark.parametrize(
    "key",
    [
        3,
        -1,
        slice(2, 5),
        np.array([4, 0, 4]),
        _VALUES[:, 0] > 12,
        (slice(None), None, slice(None)),
        (np.array([1, 2]), 0),
        (2, 1),
        (None, 2),
        ...,
    ],
)
def test_it_is_read_like_an_array(key: Any) -> None:
    column = computed_column(_Counted(), 10)
    np.testing.assert_array_equal(column[key], _VALUES[key])


def test_functions_operators_and_methods_see_all_of_it() -> None:
    column = computed_column(_Counted(), 10)
    assert (len(column), column.shape, column.ndim, column.size) == (10, (10, 3), 2, 30)
    assert np.isfinite(column).all()
    np.testing.assert_array_equal(column - column[:, 0][:, None], _VALUES - _VALUES[:, :1])
    assert column.min() == 0.0
    assert (column == 3.0).sum() == 1
    assert pd.Series(column[:, 1]).sum() == _VALUES[:, 1].sum()
    assert [row.tolist() for row in column] == _VALUES.tolist()
    np.testing.assert_array_equal(np.concatenate([column, column])[10:], _VALUES)


def test_rows_are_computed_when_asked_for_and_only_those() -> None:
    counted = _Counted()
    column = taken(computed_column(counted, 10), np.array([9, 3, 3]))
    assert len(column) == 3
    assert counted.num_rows == 0
    assert column[1, 0] == 9.0
    assert counted.num_rows == 1
    np.testing.assert_array_equal(column, _VALUES[[9, 3, 3]])
    assert taken(_VALUES, np.array([2])).tolist() == [[6.0, 7.0, 8.0]]


def test_a_slice_of_rows_is_taken_like_numbered_ones() -> None:
    counted = _Counted()
    piece = taken(taken(computed_column(counted, 10), slice(2, 8)), slice(1, None, 2))
    assert counted.num_rows == 0
    np.testing.assert_array_equal(np.asarray(piece), _VALUES[2:8][1::2])


def test_texts_have_the_width_of_the_longest_of_any_piece() -> None:
    def text(rows: NDArray[np.int64]) -> NDArray[np.str_]:
        return np.where(rows == PIECE_ROWS + 1, "long", "x")

    everything = np.asarray(computed_column(text, PIECE_ROWS + 2))
    assert everything[[0, -2, -1]].tolist() == ["x", "x", "long"]
    assert np.asarray(computed_column(_Counted(), 0)).shape == (0, 3)
