"""Which token belongs to which segment, told from what the network reads without the segment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["owners_by_change", "owners_by_id"]

_CLAIM = 0.5
"""Of the largest claim to a token: what is smaller is what a neighbour's removal spills over."""


def owners_by_id(steps: NDArray[np.int64], emptied: NDArray[np.int64]) -> NDArray[np.float64]:
    """Owners of tokens that are ids, as words and pieces of words, (segments, tokens) of 0 and 1.

    Segments come back from the first to the last, so that places are those of the whole text from
    the start on, also where a removed word leaves no gap. A token belongs to the segment whose
    coming gave it its id. What stands in the emptied row too, such as the marks of start and end,
    belongs to none.

    Args:
        steps: (segments + 1, tokens): ids with none of them, the first, the first two, … all.
        emptied: (tokens,): ids with none of them.
    """
    changed = steps[1:] != steps[:-1]  # (segments, tokens)
    is_framed = np.isin(steps[-1], emptied)
    has_owner = changed.any(axis=0) & ~is_framed
    last = len(changed) - 1 - np.argmax(changed[::-1], axis=0)
    owners = np.zeros(changed.shape)
    tokens = np.flatnonzero(has_owner)
    owners[last[tokens], tokens] = 1.0
    return owners


def owners_by_change(
    without: NDArray[np.float32], whole: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Owners of tokens that are vectors, as patches and steps, (segments, tokens).

    A token is shared by the segments whose removal changes it most, in proportion to the change;
    shares of a token sum to 1, or are 0 where no segment changes it.

    Args:
        without: (segments, tokens, width): without each segment alone.
        whole: (tokens, width).
    """
    changes = np.abs(without - whole).sum(axis=-1, dtype=np.float64)
    largest = changes.max(axis=0, initial=0.0)
    claims = np.where(changes >= _CLAIM * largest, changes, 0.0)
    total = claims.sum(axis=0)
    shares = np.divide(claims, total, out=np.zeros_like(claims), where=total > 0.0)
    return np.asarray(shares)
