"""Columns of text in a row: str as read, bytes once a model has decoded them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["as_column", "as_text"]


def as_text(value: Any) -> str:
    """One element of a text column, which is bytes once a model has decoded it.

    Bytes that are not UTF-8 survive the way back.
    """
    return (
        value.decode("utf-8", errors="surrogateescape") if isinstance(value, bytes) else str(value)
    )


def as_column(texts: Sequence[str], like: NDArray[Any]) -> NDArray[np.object_]:
    """Texts as a column (n,) object: of bytes where `like` holds bytes, else of str."""
    is_bytes = len(like) > 0 and isinstance(like[0], bytes)
    values = (
        [text.encode("utf-8", errors="surrogateescape") for text in texts]
        if is_bytes
        else list(texts)
    )
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
