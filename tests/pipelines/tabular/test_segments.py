from __future__ import annotations

import numpy as np
import pytest

from pipelines.tabular.data import complete
from pipelines.tabular.segments import build_segments
from shared.loading.columns.values import TABULAR
from tests.pipelines.tabular import configure


@pytest.mark.parametrize("value", ["2", b"2"])
def test_a_removed_column_is_not_given_in_the_form_of_the_row(value: str | bytes) -> None:
    row = np.full((1, 6), value, dtype=object)
    segments = build_segments(complete(configure("demo")), {TABULAR: row})
    keep = np.ones((2, 6), dtype=bool)
    keep[1, [0, 5]] = False
    whole, part = segments.mask(keep)[TABULAR]
    assert (whole == row[0]).all()
    assert [len(cell) for cell in part] == [0, 1, 1, 1, 1, 0]
    assert type(part[0]) is type(value)


def test_the_canvas_shows_names_and_values() -> None:
    row = np.array([["12", "", "0", "40", "call", "Monday"]], dtype=object)
    canvas = build_segments(complete(configure("demo")), {TABULAR: row}).canvas
    assert canvas[:2].tolist() == ["lead_days = 12", "distance_km = not given"]
