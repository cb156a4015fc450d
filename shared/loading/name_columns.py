"""Columns of names in the user's tables: read without what nobody can see, refused if unusable.

Entities, labels, splits, groups and ids of all pipelines come through here before anything is
compared, counted or divided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from shared.contract import UNKNOWN, Problem
from shared.names import is_printable, name_key, printable

__all__ = [
    "TidyTable",
    "find_unusable_names",
    "group_value",
    "tidied_note",
    "tidy_names",
    "why_unprintable",
]


_MOST_CHARACTERS = 400
"""Of a name. What is longer is a text, or a quotation mark is missing; and columns of names are
arrays whose cells all have the room of the longest."""

_SHOWN_CHARACTERS = 40


class TidyTable(NamedTuple):
    """A table whose names are keys, and how many of its rows looked otherwise in the file."""

    table: pd.DataFrame
    num_tidied: int


def tidy_names(table: pd.DataFrame, columns: Iterable[str]) -> TidyTable:
    """The table with the names of these columns as `name_key` reads them.

    Args:
        table: Text in these columns.
        columns: Columns of names; one that stands twice is read once.
    """
    tidied: dict[str, pd.Series] = {}
    changed = pd.Series(False, index=table.index)
    for column in dict.fromkeys(columns):
        given = table[column]
        keys = {name: name_key(name) for name in given.unique().tolist()}
        # Not `map`, which makes an index of the names: halves of characters have no place in one.
        tidied[column] = pd.Series([keys[name] for name in given], index=given.index, dtype=object)
        changed |= tidied[column] != given
    return TidyTable(table.assign(**tidied), int(changed.sum()))


def tidied_note(num_rows: int) -> tuple[str, ...]:
    """A sentence for the datasheet about rows whose names were read without what is invisible."""
    if num_rows == 0:
        return ()
    rows = "1 row" if num_rows == 1 else f"{num_rows:,} rows"
    return (
        (
            f"Names in {rows} (labels, entities, splits, groups, ids) were read without white space"
            " at their ends, doubled or no-break spaces, invisible characters, and in Unicode form"
            " NFC."
        ),
    )


def find_unusable_names(
    table: pd.DataFrame, fields: Mapping[str, str], *, file: str
) -> dict[int, Problem]:
    """Position -> the first name of the row that can't be shown, or is too long to be one.

    Args:
        table: Tidy.
        fields: Column of the table -> what the user calls it.
        file: For messages.
    """
    problems: dict[int, Problem] = {}
    for column, field in fields.items():
        reasons = {name: _why_unusable(name) for name in table[column].unique().tolist()}
        bad = {name: reason for name, reason in reasons.items() if reason is not None}
        if not bad:
            continue
        for position, name in enumerate(table[column].tolist()):
            if name in bad:
                problem = Problem(file, bad[name], row=position + 1, field=field)
                problems.setdefault(position, problem)
    return problems


def group_value(name: str) -> str:
    """The group of a name, or `UNKNOWN` where a table is empty or says "unknown".

    NA is a name, such as that of Namibia.
    """
    key = name_key(name)
    return UNKNOWN if key.casefold() in ("", UNKNOWN) else key


def _why_unusable(name: str) -> str | None:
    if not is_printable(name[:_MOST_CHARACTERS]):
        return why_unprintable(name[:_MOST_CHARACTERS])
    if len(name) > _MOST_CHARACTERS:
        return (
            f"the name '{name[:_SHOWN_CHARACTERS]}…' has {len(name):,} characters, more than the"
            f" {_MOST_CHARACTERS} of a name; shorten it, or look for a missing quotation mark"
        )
    return None


def why_unprintable(name: str) -> str:
    """Half a sentence about a name that can't be shown."""
    return (
        f"the name '{printable(name)}' holds a control character, or one that turns the direction"
        " of writing; remove it"
    )
