"""Which sources are tables of rows with a label, and nothing that another pipeline reads."""

from __future__ import annotations

from shared.contract import Recognition
from shared.loading.files.tables import read_column_names
from shared.loading.recognition import find_tables

__all__ = ["recognise"]

_LABELS = frozenset({"label", "class", "target", "outcome"})
_OTHER_CONTENT = frozenset(
    {"text", "sentence", "review", "content", "body", "tweet", "comment", "image", "file", "path"}
    | {"filename", "audio", "time", "timestamp", "date", "stamp"}
)
"""Columns that say, or point to, what a row is really about."""
_FEWEST_COLUMNS = 3


def recognise(source: str) -> Recognition | None:
    """A guess at a table with a label beside several columns; whoever knows more wins."""
    tables = find_tables(source)
    if not tables:
        return None
    names = {name.lower() for name in read_column_names(tables[0])}
    is_table = bool(names & _LABELS) and not names & _OTHER_CONTENT
    if not is_table or len(names) < _FEWEST_COLUMNS:
        return None
    return Recognition(f"{tables[0].name} has columns beside a label", num_files=0)
