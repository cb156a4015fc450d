"""Which column of a user's table a setting may have meant, by its name, else by what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

import pandas as pd

from shared.config.setting_text import set_option

__all__ = ["advise_split_column", "likely_columns"]

_ROWS = 1000
"""Of a table, looked at from its beginning."""

_ALIKE = 0.6
"""Of 1: from this likeness of two names on, as `difflib` measures it, one may be the other."""

_SPLITS = frozenset({"train", "val", "test"})
_FILE_NAME = re.compile(r".*\.[A-Za-z0-9]{2,5}\s*")


def likely_columns(table: pd.DataFrame, columns: Sequence[str], setting: str) -> list[str]:
    """What to name instead of these columns, one for each; empty if nothing fits.

    Args:
        table: As it was read, every value as text or as its own type.
        columns: Names that were asked for, of which at least one is missing.
        setting: That names them, for example `data.text_column`.
    """
    texts = {str(name): table[name].iloc[:_ROWS].astype(str) for name in table.columns}
    found = [column if column in texts else _likely(texts, column, setting) for column in columns]
    return list(dict.fromkeys(name for name in found if name is not None))


def advise_split_column(table: pd.DataFrame) -> str:
    """What to set where no column is named that says train, val or test, as a clause."""
    texts = {str(name): table[name].astype(str) for name in table.columns}
    for name, values in texts.items():
        if set(values) == _SPLITS:
            return f"name the column that says it with {set_option('data.split_column', name)}"
    return (
        "data.split_column must name a column that says train, val or test. To let the split be"
        f" made, use {set_option('data.split', 'entity')}"
    )


def _likely(texts: Mapping[str, pd.Series], column: str, setting: str) -> str | None:
    kind = setting.removeprefix("data.").removesuffix("_column")
    if kind == "split":
        return next((name for name, values in texts.items() if set(values) <= _SPLITS), None)
    alike = get_close_matches(column, list(texts), 1, _ALIKE)
    if alike:
        return alike[0]
    if kind in _BEST:
        return max(texts, key=lambda name: _BEST[kind](texts[name]))
    return (get_close_matches(column, list(texts), 1, 0.0) or list(texts))[0]


def _length(values: pd.Series) -> float:
    return float(values.str.len().mean())


def _share_of_files(values: pd.Series) -> tuple[float, float]:
    """Distinct above all; of those, what looks like a file's name."""
    return _distinctness(values), float(values.str.fullmatch(_FILE_NAME).mean())


def _distinctness(values: pd.Series) -> float:
    return values.nunique() / len(values)


def _fewness(values: pd.Series) -> float:
    """Fewest kinds, but more than one."""
    kinds = values.nunique()
    return -kinds if kinds > 1 else -len(values) - 1


def _repeats(values: pd.Series) -> float:
    """Most kinds, but fewer than rows."""
    kinds = values.nunique()
    return kinds if kinds < len(values) else 0


_BEST: Mapping[str, Callable[[pd.Series], float | tuple[float, float]]] = {
    "text": _length,
    "file": _share_of_files,
    "image": _share_of_files,
    "label": _fewness,
    "id": _distinctness,
    "entity": _repeats,
    "speaker": _repeats,
}
"""Kind of column -> how well values fit it."""
