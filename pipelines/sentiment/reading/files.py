"""Which files hold which part of a source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from shared.contract import Recognition
from shared.errors import DataError
from shared.loading.files.tables import (
    TABLE_SUFFIXES,
    is_table,
    may_lack_header,
    read_column_names,
)
from shared.loading.recognition import find_tables, recognise_dataset

__all__ = ["find_files", "recognise", "report_last_split"]

Source = TypeVar("Source")

_TEXT_COLUMNS = frozenset({"text", "sentence", "review", "content", "body", "tweet", "comment"})
_MOST_WORDS_OF_A_NAME = 3
_PART_NAMES = {
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
    names = read_column_names(tables[0])
    if _TEXT_COLUMNS & {name.strip().lower() for name in names}:
        return Recognition(f"{tables[0].name} has a column of texts", num_files=len(tables))
    longest = max((len(name.split()) for name in names), default=0)
    if may_lack_header(tables[0]) and longest > _MOST_WORDS_OF_A_NAME:
        return Recognition(f"{tables[0].name} begins with a text and has no header", num_files=0)
    return None


def find_files(source: Path) -> Mapping[str | None, Path]:
    """The tables of a source by part; a file that is the whole source has the part None.

    A folder holds `train.*` and `test.*` and/or one of `dev.* val.* valid.* validation.*`, or a
    single table. Where there is no test file, the validation file is the test that is reported: it
    is then looked at once, and never chosen on.

    Raises:
        DataError: Nothing there, or a part is missing or there twice.
    """
    if source.is_file():
        return {None: source}
    if not source.is_dir():
        raise DataError(
            f"{source}: there is no such file or folder. Give a table of texts, a folder of tables,"
            " or demo."
        )
    tables = sorted(path for path in source.iterdir() if path.is_file() and is_table(path))
    parts: dict[str, Path] = {}
    for path in tables:
        part = _PART_NAMES.get(path.name.split(".")[0].lower())
        if part is None:
            continue
        if part in parts:
            raise DataError(
                f"{source}: {parts[part].name} and {path.name} both look like the part {part!r}."
                " Keep one, or name the file."
            )
        parts[part] = path
    if not parts and len(tables) == 1:
        return {None: tables[0]}
    if "train" not in parts or len(parts) < 2:
        there = ", ".join(path.name for path in tables) or "no tables"
        raise DataError(
            f"{source}: expected train and test (or dev, val, validation) as"
            f" {', '.join(TABLE_SUFFIXES)}, or one single table; received {there}."
        )
    return dict[str | None, Path](report_last_split(parts).items())


def report_last_split(parts: Mapping[str, Source]) -> dict[str, Source]:
    """Parts in order; where there is no test, validation is the test that is reported.

    Looked at once, and never chosen on.
    """
    named = {
        ("test" if part == "val" and "test" not in parts else part): source
        for part, source in parts.items()
    }
    return {part: named[part] for part in ("train", "val", "test") if part in named}
