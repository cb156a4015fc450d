from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from pipelines.time_series.reading.table import numbers
from pipelines.time_series.reading.table.number_marks import describe_open_points, has_other_marks
from pipelines.time_series.reading.table.numbers import is_blank, is_not_observed, to_numbers

CELLS = ["1.5", " ", "NA", "x", "", " 2 ", "-3e2", None, "1e99"]


@pytest.mark.parametrize("column", [pd.Series(CELLS, dtype=object), pd.Series(CELLS, dtype=str)])
@pytest.mark.parametrize("read", [is_blank, is_not_observed, to_numbers])
def test_a_long_column_is_read_as_a_short_one(
    read: Callable[[pd.Series], NDArray[Any]], column: pd.Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read(column)
    monkeypatch.setattr(numbers, "PIECE_ROWS", 2)
    np.testing.assert_array_equal(read(column), whole)
    assert read(column[:0]).shape == (0,)


def test_one_cell_far_down_tells_how_numbers_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "PIECE_ROWS", 4)
    commas = pd.Series(["1"] * 4 + ["2,5"] * 40, dtype=str)
    assert has_other_marks(commas)
    assert not has_other_marks(pd.Series(["1"] * 44, dtype=str))
    open_points = pd.DataFrame({"load": ["1.234"] * 9})
    (note,) = describe_open_points(open_points, ["load"])
    assert note.startswith("Every point in 'load'")
    assert describe_open_points(pd.DataFrame({"load": ["1.234"] * 9 + ["1.5"]}), ["load"]) == ()
