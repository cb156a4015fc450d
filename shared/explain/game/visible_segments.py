"""Which segments a model can see at all: the others must not share in an explanation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows, Segments
from shared.model.trained_model import TrainedModel

__all__ = ["find_visible"]

_CHUNK_MASKS = 64
_ROUNDING = 1e-5
"""Of the largest number: how far a row's tensors may depend on the rows beside it."""


def find_visible(model: TrainedModel, row: Rows, segments: Segments) -> NDArray[np.bool_]:
    """Whether removing a segment changes anything that the network is given, (segments,) bool.

    Words beyond a model's limit don't, nor does a part that looks already as if it were removed.

    Args:
        model: Its `preprocess` is asked, not the network.
        row: One decoded row.
        segments: Of the row.
    """
    num_segments = len(segments.names)
    whole = model.prepare_rows(row)
    visible: list[NDArray[np.bool_]] = [np.zeros(0, dtype=np.bool_)]
    for start in range(0, num_segments, _CHUNK_MASKS):
        keep = ~np.eye(num_segments, dtype=np.bool_)[start : start + _CHUNK_MASKS]
        without = model.prepare_rows(segments.mask(keep))
        changed = [_differs(values, whole[name]) for name, values in without.items()]
        visible.append(np.any(changed, axis=0))
    return np.concatenate(visible)


def _differs(values: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.bool_]:
    """(m,): which of m rows differ from the one by more than their number rounds it."""
    size = float(np.nan_to_num(np.abs(whole.astype(np.float64)), posinf=0.0).max(initial=0.0))
    same = np.isclose(values, whole, rtol=0.0, atol=_ROUNDING * size, equal_nan=True)
    return np.asarray(~same.reshape(len(values), -1).all(axis=1))
