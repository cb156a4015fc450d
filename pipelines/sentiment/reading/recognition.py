"""Which sources hold texts."""

from __future__ import annotations

from shared.contract import Recognition
from shared.loading.files.tables import may_lack_header, read_column_names
from shared.loading.recognition import find_tables, recognise_dataset

__all__ = ["recognise"]

_TEXT_COLUMNS = frozenset({"text", "sentence", "review", "content", "body", "tweet", "comment"})
_MOST_WORDS_OF_A_NAME = 3


def recognise(source: str) -> Recognition | None:
    """A table with a column of texts, or a public dataset of texts.

    A first row that holds a sentence is a guess at a table of texts without a header.
    """
    tables = find_tables(source)
    if not tables:
        return recognise_dataset(source, "texts")
    names = read_column_names(tables[0])
    if _TEXT_COLUMNS & {name.lower() for name in names}:
        return Recognition(f"{tables[0].name} has a column of texts", num_files=len(tables))
    longest = max((len(name.split()) for name in names), default=0)
    if may_lack_header(tables[0]) and longest > _MOST_WORDS_OF_A_NAME:
        return Recognition(f"{tables[0].name} begins with a text and has no header", num_files=0)
    return None
