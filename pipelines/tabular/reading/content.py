"""Which values of a row can't be used; the served graph refuses the same, in the same words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import pandas as pd

from pipelines.tabular.config import TabularDataConfig
from shared.loading.columns.number_marks import Marks, marks_of
from shared.loading.columns.values import NOT_GIVEN_NUMBERS, is_number, not_a_number
from shared.loading.labelled.content import Content, Fault
from shared.loading.name_columns import why_unprintable
from shared.names import is_printable, name_key

__all__ = ["MOST_BYTES", "TOO_LONG", "VALUE_PREFIX", "content_of", "find_fault", "plain_values"]

MOST_BYTES = 1000
"""Of one value."""
TOO_LONG = f"a value has more than {MOST_BYTES:,} bytes"
VALUE_PREFIX = "value:"


def content_of(data: TabularDataConfig) -> Content:
    """The columns `value:<name>` of labelled rows."""
    return Content(
        columns={f"{VALUE_PREFIX}{name}": name for name in data.features},
        setting="data.feature_columns",
        find_fault=lambda values: find_fault(values, data),
        key_of=_key,
        repeats_by_chance=data.entity_column is not None,
    )


def find_fault(values: Sequence[str], data: TabularDataConfig) -> Fault | None:
    """The first value that can't be used, or None.

    Args:
        values: One for each of `data.feature_columns`, as the file has them.
        data: Says which are numbers.
    """
    marks = marks_of(data)
    for name, value in zip(data.features, values, strict=True):
        reason = _why_unusable(name_key(value), marks if name in data.numbers else None, name)
        if reason is not None:
            return Fault(reason, name)
    return None


def plain_values(table: pd.DataFrame, data: TabularDataConfig) -> pd.DataFrame:
    """The columns that are read, without what nobody can see; numbers as programs write them."""
    values = table[list(data.features)].map(name_key)
    marks = marks_of(data)
    return values.assign(**{name: marks.plain_where_written(values[name]) for name in data.numbers})


def _why_unusable(value: str, marks: Marks | None, name: str) -> str | None:
    """Why a value can't be used; `marks` are those of a number."""
    if not is_printable(value):
        return why_unprintable(value)
    if len(value.encode()) > MOST_BYTES:
        return TOO_LONG
    is_empty = value.lower() in NOT_GIVEN_NUMBERS
    if marks is not None and not is_empty and not is_number(value, marks):
        return not_a_number(name)
    return None


def _key(values: Sequence[str]) -> str:
    text = json.dumps([name_key(value).casefold() for value in values])
    return f"row-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
