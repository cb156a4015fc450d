"""Which sources hold texts."""

from __future__ import annotations

import re

import pandas as pd

from shared.contract import Recognition
from shared.loading.files.column_words import is_called
from shared.loading.files.tables import may_lack_header
from shared.loading.recognition import find_tables, recognise_dataset, sample_rows

__all__ = ["recognise"]

_TEXT_COLUMNS = frozenset({"text", "sentence", "review", "content", "body", "tweet", "comment"})
_MOST_WORDS_OF_A_NAME = 3
_DISTINCT_SHARE = 0.5
_DENSE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f]")


def recognise(source: str) -> Recognition | None:
    """A table with a column of texts, or a public dataset of texts.

    A first row that holds a sentence is a guess at a table of texts without a header.
    """
    tables = find_tables(source)
    if not tables:
        return recognise_dataset(source, "texts")
    sample = sample_rows(tables[0])
    names = [str(name) for name in sample.columns]
    if _TEXT_COLUMNS & {name.lower() for name in names}:
        return Recognition(f"{tables[0].name} has a column of texts", num_files=len(tables))
    sentences = [name for name in names if _holds_sentences(sample[name])]
    if sentences:
        is_sure = any(is_called(name, "text") for name in sentences)
        reason = f"{tables[0].name} holds sentences in {sentences[0]!r}"
        return Recognition(reason, num_files=len(tables) if is_sure else 0)
    longest = max((len(name.split()) for name in names), default=0)
    if may_lack_header(tables[0]) and longest > _MOST_WORDS_OF_A_NAME:
        return Recognition(f"{tables[0].name} begins with a text and has no header", num_files=0)
    return None


def _holds_sentences(column: pd.Series) -> bool:
    """Whether the cells of a column are several words each, and hardly one is like another."""
    cells = column.astype(str)
    if len(cells) == 0 or cells.nunique() < _DISTINCT_SHARE * len(cells):
        return False
    # Scripts without spaces have no words to count.
    sizes = cells.map(lambda text: max(len(text.split()), len(_DENSE.findall(text)) // 2))
    return float(sizes.mean()) > _MOST_WORDS_OF_A_NAME
