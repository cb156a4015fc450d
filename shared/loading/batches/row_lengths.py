"""Where each row of a padded tensor ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shared.contract import Padding
from shared.loading.batches.batching import Prepared

__all__ = ["with_row_lengths"]

_CHUNK_ROWS = 4096


def with_row_lengths(prepared: Prepared, padding: Padding | None) -> Prepared:
    """A split whose training batches hold rows of like length; as it is where nothing is padded.

    Reads every row once, wherever it lies: the order must not depend on that.
    """
    if padding is None:
        return prepared
    starts = range(0, prepared.num_examples, _CHUNK_ROWS)
    chunks = (np.arange(i, min(i + _CHUNK_ROWS, prepared.num_examples)) for i in starts)
    lengths = [_lengths(prepared.fetch(rows)[padding.tensor], padding.value) for rows in chunks]
    return replace(prepared, row_lengths=np.concatenate(lengths))


def _lengths(rows: NDArray[np.integer], padding: int) -> NDArray[np.int64]:
    """(n, places) -> (n,) places up to the last one that is not padding."""
    ends = np.arange(1, rows.shape[1] + 1)
    lengths: NDArray[np.int64] = np.where(rows != padding, ends, 0).max(axis=1)
    return lengths
