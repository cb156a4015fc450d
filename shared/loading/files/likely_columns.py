"""Which column of a user's table a setting may have meant, by its name, else by what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

import pandas as pd

from shared.config.setting_text import set_option

__all__ = ["advise_columns", "advise_split_column", "likely_columns"]

_ROWS = 1000
"""Of a table, looked at from its beginning."""

_ALIKE = 0.6
"""Of 1: from this likeness of two names on, as `difflib` measures it, one may be the other."""

_YES_OR_NO = ({"0", "1"}, {"0.0", "1.0"}, {"false", "true"})
_SPLITS = frozenset({"train", "val", "test"})
_FILE_NAME = re.compile(r".*\.[A-Za-z0-9]{2,5}\s*")


def advise_columns(table: pd.DataFrame, columns: Sequence[str], setting: str) -> str:
    """What to do instead, in sentences that each begin with a blank.

    Args:
        table: As it was read.
        columns: Names that were asked for, of which at least one is missing.
        setting: That names them.
    """
    headless = _values_as_names(table)
    if headless:
        return headless
    several = _several_labels(table) if setting == "data.label_column" else ""
    return several + _likely_setting(table, columns, setting)


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


def _values_as_names(table: pd.DataFrame) -> str:
    """A sentence where the first line holds data, which naming a column would lose; else ""."""
    for name in table.columns:
        if str(name) in set(table[name].iloc[:_ROWS].astype(str)):
            return (
                f" The first line seems to hold data, since {str(name)!r} is a value of its column,"
                " too. Put a line of column names above it."
            )
    return ""


def _several_labels(table: pd.DataFrame) -> str:
    """A sentence about columns that each say yes or no to a class; "" if there are none."""
    values = {str(name): table[name].astype(str).str.lower().unique() for name in table.columns}
    yes_or_no = [name for name, found in values.items() if set(found) in _YES_OR_NO]
    if len(yes_or_no) < 2:
        return ""
    return (
        f" {', '.join(yes_or_no)} say yes or no to one class each; a row has one label here: write"
        " the name of its class into one column."
    )


def _likely_setting(table: pd.DataFrame, columns: Sequence[str], setting: str) -> str:
    """What to set instead; splits can also be made."""
    likely = likely_columns(table, columns, setting)
    if likely:
        named = likely[0] if setting.endswith("_column") else likely
        return f" Name yours with {set_option(setting, named)}"
    return f" To let the split be made, use {set_option('data.split', 'entity')}"


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
