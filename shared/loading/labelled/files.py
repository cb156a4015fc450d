"""Which files hold which split of a source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from shared.errors import DataError
from shared.loading.files.tables import TABLE_SUFFIXES, is_table
from shared.loading.other_formats import texts_in_folders

__all__ = ["find_files", "report_last_split"]

Source = TypeVar("Source")

_SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "dev": "val",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}


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
            f"{source}: there is no such file or folder. Give a table, a folder of tables, or demo."
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
            f"{texts_in_folders(source)}"
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
