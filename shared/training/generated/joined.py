"""Two splits as one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import Examples, Rows

__all__ = ["joined"]


def joined(first: Examples, second: Examples) -> Examples:
    """The rows of both, the first's before the second's; wire rows stay lazy.

    Without ground truth, and not of forecasts.
    """
    return Examples(
        ids=_both(first, second, "ids"),
        entities=_both(first, second, "entities"),
        targets=_both(first, second, "targets"),
        groups=pd.concat([first.groups, second.groups], ignore_index=True),
        rows=lambda indices: _rows(first, second, indices),
    )


def _both(first: Examples, second: Examples, field: str) -> NDArray[Any]:
    return np.concatenate([getattr(first, field), getattr(second, field)])


def _rows(first: Examples, second: Examples, indices: NDArray[np.int64]) -> Rows:
    is_second = indices >= len(first)
    parts = [
        (examples.rows(chosen), places)
        for examples, chosen, places in (
            (first, indices[~is_second], np.flatnonzero(~is_second)),
            (second, indices[is_second] - len(first), np.flatnonzero(is_second)),
        )
        if len(chosen)
    ]
    order = np.argsort(np.concatenate([places for _, places in parts]))
    return {name: np.concatenate([rows[name] for rows, _ in parts])[order] for name in parts[0][0]}
