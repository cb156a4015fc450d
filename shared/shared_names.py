"""Columns of names: ids, entities, groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["shared_names"]


def shared_names(texts: Iterable[str]) -> NDArray[np.str_]:
    """A column (n,) of names that takes as much memory as the names, however long the longest is.

    NumPy's own strings have the room of the longest in each row: one name of 400 characters among
    a million takes 1.6 GB. These are Python's, equal ones the same object.
    """
    first: dict[str, str] = {}
    each = [first.setdefault(text, text) for text in texts]
    return cast("NDArray[np.str_]", np.array(each, dtype=np.object_))
