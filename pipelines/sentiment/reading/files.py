"""Which files hold which split of a source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pandas as pd

from shared.contract import Recognition
from shared.errors import DataError
from shared.loading.files.column_words import is_called
from shared.loading.files.tables import (
    TABLE_SUFFIXES,
    is_table,
    may_lack_header,
)
from shared.loading.recognition import find_tables, recognise_dataset, sample_rows

__all__ = ["find_files", "recognise", "report_last_split"]

Source = TypeVar("Source")

_TEXT_COLUMNS = frozenset({"text", "sentence", "review", "content", "body", "tweet", "comment"})
_MOST_WORDS_OF_A_NAME = 3
_DISTINCT_SHARE = 0.5
_DENSE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f]")
_SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "dev": "val",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}


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


def find_files(source: Path) -> Mapping[str | None, Path]:
    """The tables of a source by split; a file that is the whole source has the split None.

    A folder holds `train.*` and `test.*` and/or one of `dev.* val.* valid.* validation.*`, or a
    single table. Where there is no test file, the validation file is the test that is reported: it
    is then looked at once, and never chosen on.

    Raises:
        DataError: Nothing there, or a split is missing or there twice.
    """
    if source.is_file():
        return {None: source}
    if not source.is_dir():
        raise DataError(
            f"{source}: there is no such file or folder. Give a table of texts, a folder of tables,"
            " or demo."
        )
    tables = sorted(path for path in source.iterdir() if path.is_file() and is_table(path))
    splits: dict[str, Path] = {}
    for path in tables:
        split = _SPLIT_NAMES.get(path.name.split(".")[0].lower())
        if split is None:
            continue
        if split in splits:
            raise DataError(
                f"{source}: {splits[split].name} and {path.name} both look like the split"
                f" {split!r}. Keep one, or name the file."
            )
        splits[split] = path
    if not splits and len(tables) == 1:
        return {None: tables[0]}
    if "train" not in splits or len(splits) < 2:
        there = ", ".join(path.name for path in tables) or "no tables"
        raise DataError(
            f"{source}: expected train and test (or dev, val, validation) as"
            f" {', '.join(TABLE_SUFFIXES)}, or one single table; received {there}."
        )
    return dict[str | None, Path](report_last_split(splits).items())


def report_last_split(splits: Mapping[str, Source]) -> dict[str, Source]:
    """Parts in order; where there is no test, validation is the test that is reported.

    Looked at once, and never chosen on.
    """
    named = {
        ("test" if split == "val" and "test" not in splits else split): source
        for split, source in splits.items()
    }
    return {split: named[split] for split in ("train", "val", "test") if split in named}
