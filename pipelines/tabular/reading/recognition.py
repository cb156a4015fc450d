"""Which sources are tables of rows with a label, and nothing that another pipeline reads."""

from __future__ import annotations

import re

import pandas as pd

from shared.contract import Recognition
from shared.loading.files.tables import read_column_names
from shared.loading.recognition import find_tables, sample_rows

__all__ = ["recognise"]

_LABELS = frozenset({"label", "class", "target", "outcome"})
_OTHER_CONTENT = frozenset(
    {"text", "sentence", "review", "content", "body", "tweet", "comment", "image", "file", "path"}
    | {"filename", "audio", "time", "timestamp", "date", "stamp"}
)
"""Columns that say, or point to, what a row is really about."""
_FEWEST_COLUMNS = 3
_MOST_CLASSES = 12
_FEWEST_OF_A_CLASS = 3
_OF_OTHERS = re.compile(
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d:\d\d|\w\.[a-z]\w{2,3}$|\w+ \w+ \w+ \w+", re.I
)
"""Dates and times, names of files, sentences."""
_MOST_OF_OTHERS = 0.5


def recognise(source: str) -> Recognition | None:
    """A guess at a table with a label beside several columns; whoever knows more wins.

    A column that is not called like a label may be one if it has few values, many times each, and
    no other says that the rows are times or files.
    """
    tables = find_tables(source)
    if not tables:
        return None
    name = tables[0].name
    names = {column.lower() for column in read_column_names(tables[0])}
    if len(names) < _FEWEST_COLUMNS or names & _OTHER_CONTENT:
        return None
    if names & _LABELS:
        return Recognition(f"{name} has columns beside a label", num_files=0)
    sample = sample_rows(tables[0]).astype(str)
    columns = [sample[column] for column in sample.columns]
    possible = [str(column.name) for column in columns if _may_be_label(column)]
    if not possible or any(map(_says_what_rows_are, columns)):
        return None
    return Recognition(f"{name} has columns, of which {possible[-1]!r} may be a label", num_files=0)


def _may_be_label(column: pd.Series) -> bool:
    counts = column[column.str.strip() != ""].value_counts()
    return 2 <= len(counts) <= _MOST_CLASSES and int(counts.min()) >= _FEWEST_OF_A_CLASS


def _says_what_rows_are(column: pd.Series) -> bool:
    """Whether most cells are times, names of files, or several words."""
    return float(column.str.contains(_OF_OTHERS).mean()) > _MOST_OF_OTHERS
