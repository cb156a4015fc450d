"""Words as people see them: what stands between spaces.

Explanations, ground truth and perturbations all speak of these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["REMOVED", "as_column", "as_text", "find_words", "is_blank"]

REMOVED = "\ue000"
"""Stands in a text for a word that was taken out (U+E000, private use: no real text gives it a
meaning). The tokenizer keeps it as a word of its own that is never in a vocabulary, and lets no
n-gram reach across it."""

_WORD = re.compile(r"\S+")


def find_words(text: str) -> list[tuple[int, int]]:
    """Start and stop of each word, in characters; equal to where `str.split` finds them."""
    return [match.span() for match in _WORD.finditer(text)]


def is_blank(text: str) -> bool:
    """Whether there is nothing but white space and control characters."""
    return not any(character.isprintable() and not character.isspace() for character in text)


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
