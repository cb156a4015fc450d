"""The groups of a text: by identity terms, by length, and by columns of the user's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from pipelines.sentiment.reading.identity import find_identity
from pipelines.sentiment.reading.words import find_words
from shared.loading.name_columns import group_value

__all__ = ["IDENTITY_TERM", "LENGTH_BAND", "group_table", "length_band"]

IDENTITY_TERM = "identity_term"
LENGTH_BAND = "length_band"

_SHORT_WORDS = 10
_MEDIUM_WORDS = 25


def group_table(texts: Sequence[str], columns: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """One row a text: its identity group, its length band, and the given columns.

    Those are `UNKNOWN` where they are empty or say so.
    """
    groups: dict[str, list[str]] = {
        IDENTITY_TERM: [find_identity(text) for text in texts],
        LENGTH_BAND: [length_band(text) for text in texts],
    }
    for name, values in columns.items():
        groups[name] = [group_value(value) for value in values]
    return pd.DataFrame(groups, dtype=object)


def length_band(text: str) -> str:
    """One of three bands; bounds are fixed so that bands mean the same in every data set."""
    num_words = len(find_words(text))
    if num_words <= _SHORT_WORDS:
        return f"1–{_SHORT_WORDS} words"
    return (
        f"{_SHORT_WORDS + 1}–{_MEDIUM_WORDS} words"
        if num_words <= _MEDIUM_WORDS
        else f"over {_MEDIUM_WORDS} words"
    )
