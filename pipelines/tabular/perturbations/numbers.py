"""What happens to numbers on their way into a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.contract import Rows
from shared.loading.columns.values import TABULAR, is_number
from shared.loading.text_columns import as_column, as_text

__all__ = ["shift_decimal_points"]

_SHARES = (0.05, 0.1, 0.2)
_FACTOR = 1000.0


def shift_decimal_points(
    rows: Rows, severity: int, generator: np.random.Generator, *, places: Sequence[int]
) -> Rows:
    """Some numbers a thousand times as large: metres for kilometres, grams for kilograms."""
    values = rows[TABULAR].copy()  # (n, columns) object
    is_wrong = generator.random((len(values), len(places))) < _SHARES[severity - 1]
    for row, number in zip(*np.nonzero(is_wrong), strict=True):
        place = places[number]
        text = as_text(values[row, place])
        if is_number(text):
            larger = f"{float(text) * _FACTOR:.6g}"
            values[row, place] = as_column([larger], like=values[row])[0]
    return {TABULAR: values}
