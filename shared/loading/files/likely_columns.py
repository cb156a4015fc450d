"""Which column of a user's table a setting may have meant, by its name, else by what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import pandas as pd

from shared.config.setting_text import set_option
from shared.loading.files.column_words import is_called
from shared.names import name_key

__all__ = ["advise_columns", "advise_split_column", "likely_settings"]

_ROWS = 1000
"""Of a table, looked at from its beginning."""

_ALIKE = 0.6
"""Of 1: from this likeness of two names on, as `difflib` measures it, one may be the other."""
_SLIP = 0.8
"""The same where the name that is sought only says its kind: `label` is 0.6 like `Farbe`."""

_YES_OR_NO = ({"0", "1"}, {"0.0", "1.0"}, {"false", "true"})
_SPLITS = frozenset({"train", "val", "test"})
_PLAINEST = ("split", "file", "image", "text", "label", "speaker", "entity")
_INSTEAD = {
    "data.split": "To let the split be made, use",
    "data.entity": "If nobody knows who speaks, use",
}
_FILE_NAME = re.compile(r".*\.[A-Za-z0-9]{2,5}\s*")


def advise_columns(
    table: pd.DataFrame, missing: Mapping[str, Sequence[str]]
) -> tuple[str, dict[str, Any]]:
    """What to do instead, in sentences that each begin with a blank, and as settings.

    Args:
        table: As it was read.
        missing: Setting -> the columns that it names, of which at least one is not there.
    """
    example = _name_that_is_a_value(table)
    if example is not None:
        columns = _names_of_values(table, missing)
        advice = (
            f" The first line seems to hold data, since {example!r} is a value of its column, too."
            " Put a line of column names above it, or name them:"
            f" {set_option('data.columns', columns)}"
        )
        return advice, {"data.columns": columns}
    several = _several_labels(table) if "data.label_column" in missing else ""
    settings = likely_settings(table, missing)
    options = " ".join(set_option(setting, value) for setting, value in settings.items())
    named = [setting for setting in settings if setting in missing]
    verb = "Name yours with" if named else _INSTEAD[next(iter(settings))]
    return f"{several} {verb} {options}", settings


def likely_settings(table: pd.DataFrame, missing: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What to set instead: no column twice; nothing fits a split or a speaker that is not there.

    Args:
        table: As it was read, every value as text or as its own type.
        missing: As for `advise_columns`.
    """
    texts = {str(name): table[name].iloc[:_ROWS].astype(str) for name in table.columns}
    settings: dict[str, Any] = {}
    for setting in sorted(missing, key=_order):
        given = [name for name in missing[setting] if name in texts]
        found = list(given)
        for column in missing[setting]:
            left = {name: values for name, values in texts.items() if name not in found}
            likely = None if column in texts else _likely(left, column, setting)
            found += [] if likely is None else [likely]
        for name in found:
            texts.pop(name, None)
        if found:
            settings[setting] = found[0] if setting.endswith("_column") else found
        elif setting == "data.speaker_column":
            settings["data.entity"] = "recording"
        elif not settings:
            settings["data.split"] = "entity"
    return settings


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


def _name_that_is_a_value(table: pd.DataFrame) -> str | None:
    """A column's name that is also a value of it, as where the first line holds data."""
    for name in map(str, table.columns):
        if name in set(table[name].iloc[:_ROWS].astype(str).map(name_key)):
            return name
    return None


def _names_of_values(table: pd.DataFrame, missing: Mapping[str, Sequence[str]]) -> list[str]:
    """Names for a table without a header: those that are asked for, each where it fits best."""
    places = [f"column_{place}" for place in range(1, table.shape[1] + 1)]
    likely = likely_settings(table.set_axis(places, axis=1), missing)
    names = dict(zip(places, places, strict=True))
    for setting, columns in missing.items():
        found = likely.get(setting, [])
        given = [found] if isinstance(found, str) else found
        names |= dict(zip(given, columns, strict=False))
    return list(names.values())


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


def _order(setting: str) -> int:
    """What is plainest by its content is taken first."""
    kind = _kind(setting)
    return _PLAINEST.index(kind) if kind in _PLAINEST else len(_PLAINEST)


def _kind(setting: str) -> str:
    return setting.removeprefix("data.").removesuffix("_column")


def _likely(texts: Mapping[str, pd.Series], column: str, setting: str) -> str | None:
    """By a name that is alike, by a word of some language, else by what the columns hold."""
    kind = _kind(setting)
    if not texts:
        return None
    if kind == "split":
        return next((name for name, values in texts.items() if set(values) <= _SPLITS), None)
    alike = get_close_matches(column, list(texts), 1, _SLIP if is_called(column, kind) else _ALIKE)
    if alike:
        return alike[0]
    called = {name: values for name, values in texts.items() if is_called(name, kind)}
    candidates = called or texts
    if kind == "label":  # of equals the last: it stands behind what tells it
        candidates = dict(reversed(list(candidates.items())))
    if kind in _BEST:
        fit = _BEST[kind]
        best = max(candidates, key=lambda name: fit(candidates[name]))
        return None if kind == "speaker" and not fit(candidates[best]) else best
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
