"""How a folder of recordings says what is spoken: one table, folders named by it, or file names."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipelines.speech.reading.finding import to_convert
from shared.config.setting_text import set_option
from shared.errors import DataError
from shared.loading.files.tables import is_table, table_suffix
from shared.loading.files.user_files import printable_name
from shared.loading.other_formats import ways_out_of

__all__ = ["SPLITS", "advise_naming", "find_manifest", "names_classes", "speakers_in_names"]

SPLITS = ("train", "val", "test")
_EXAMPLE_PATTERN = "(?P<label>[a-z]+)_(?P<speaker>[a-z]+)_[0-9]+"
_SEPARATORS = ("_", "-", " ", ".")
_MOST_CLASSES = 100
_FEWEST_A_NAME = 2
_MOSTLY = 0.8


def find_manifest(folder: Path) -> Path | None:
    """The only table in a folder; None if there is none.

    Raises:
        DataError: Several could be meant.
    """
    # A .txt beside recordings is a note or a transcript.
    tables = sorted(
        path for path in folder.iterdir() if is_table(path) and table_suffix(path) != ".txt"
    )
    if len(tables) > 1:
        raise DataError(
            f"{folder}: several tables: {', '.join(path.name for path in tables)}. Choose one with"
            f" {set_option('data.manifest', tables[0].name)}"
        )
    return tables[0] if tables else None


def names_classes(folder: Path, recordings: Sequence[Path]) -> bool:
    """Whether every recording lies in one of at least two folders, as in `yes/1.wav`, `no/2.wav`.

    Raises:
        DataError: These folders are the splits train, val and test, in which class folders lie.
    """
    depths = {len(path.relative_to(folder).parts) for path in recordings}
    first = {path.relative_to(folder).parts[0] for path in recordings}
    if depths == {3} and first <= set(SPLITS):
        raise DataError(
            f"{folder}: it holds the splits {', '.join(sorted(first))}. Keep them with"
            f" {set_option('data.split', 'given')}",
            settings={"data.split": "given"},
        )
    return depths == {2} and len(first) > 1


def advise_naming(folder: Path, recordings: Sequence[Path]) -> DataError:
    """The error of a folder that says nothing, and what the names of its files may say."""
    start = f"{folder}: nothing says what is spoken in the recordings.{to_convert(recordings)}"
    table = (
        f"{ways_out_of(folder)} Put a table beside them with the columns file, label and speaker,"
    )
    pattern = _pattern_of([path.stem for path in recordings])
    if pattern is None:
        example = set_option("data.filename_pattern", _EXAMPLE_PATTERN)
        return DataError(f"{start}{table} or say how files are named, such as {example}")
    option = set_option("data.filename_pattern", pattern)
    return DataError(
        f"{start}{table} or say how files are named. {printable_name(recordings[0])!r} may be:"
        f" {option}",
        settings={"data.filename_pattern": pattern},
    )


def speakers_in_names(names: Sequence[str]) -> str | None:
    """An expression for `<class>/<speaker>_….wav`; None where no part of the names is like one.

    Args:
        names: Below the folder, with suffixes.
    """
    paths = [Path(name) for name in names]
    if {len(path.parts) for path in paths} != {2}:
        return None
    for separator in _SEPARATORS:
        first = [path.stem.partition(separator) for path in paths]
        if not all(rest for _, _, rest in first):
            continue
        labels: dict[str, set[str]] = defaultdict(set)
        for path, (speaker, _, _) in zip(paths, first, strict=True):
            labels[speaker].add(path.parts[0])
        # Who speaks says several words; a number of the recording is of one word, or of all.
        if len(labels) > 1 and np.mean([len(said) > 1 for said in labels.values()]) >= _MOSTLY:
            end = re.escape(separator)
            return f"(?P<label>[^/]+)/(?P<speaker>[^/{end}]+){end}.+"
    return None


def _pattern_of(stems: Sequence[str]) -> str | None:
    """An expression for names of equally many parts; None where it would be a chance hit.

    The first part that repeats is taken for what is spoken, the next for who speaks.
    """
    for separator in _SEPARATORS:
        parts = [stem.split(separator) for stem in stems]
        if len(parts[0]) > 1 and len({len(item) for item in parts}) == 1:
            return _expression(parts, separator)
    return None


def _expression(parts: Sequence[Sequence[str]], separator: str) -> str | None:
    columns = [Counter(column) for column in zip(*parts, strict=True)]
    repeating = [
        place
        for place, counts in enumerate(columns)
        if 1 < len(counts) <= _MOST_CLASSES and min(counts.values()) >= _FEWEST_A_NAME
    ]
    names = dict(zip(repeating, ("label", "speaker"), strict=False))
    if not repeating or len(repeating) > len(names) + 1:
        return None
    part = f"[^{re.escape(separator)}]+"
    groups = (
        f"(?P<{names[place]}>{part})" if place in names else part for place in range(len(columns))
    )
    return separator.join(groups) if separator != "." else r"\.".join(groups)
