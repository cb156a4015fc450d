"""Holding a copy of a public dataset against its official card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import assert_never

import pandas as pd

from shared.loading.public.card import Card, ClassCounts, Count, Figure, FileChecksum, Form
from shared.loading.public.index import FORM, SPLIT
from shared.loading.public.raw_files import file_checksum

__all__ = ["differences"]

_SPLITS = {"train": "training", "val": "validation", "test": "test"}


def differences(
    card: Card, table: pd.DataFrame, label: str | None, files: Sequence[Path] = ()
) -> tuple[str, ...]:
    """One clause for each way in which a copy is not what its card says.

    For example "8,011 of 10,015 images".

    Args:
        card: The official facts.
        table: The dataset's index.
        label: Its column of labels.
        files: Raw files of the user's copy, to be held against published checksums. (Downloads are
            checked before they are used.)
    """
    names = {file.name: file for file in files}
    found = (_difference(figure, card, table, label, names) for figure in card.figures)
    return tuple(clause for clause in found if clause is not None)


def _difference(
    figure: Figure, card: Card, table: pd.DataFrame, label: str | None, files: Mapping[str, Path]
) -> str | None:
    match figure:
        case Count():
            return _count_differs(figure, card, _of_split(table, figure.split))
        case ClassCounts():
            return (
                None
                if label is None
                else _classes_differ(figure, _of_split(table, figure.split)[label])
            )
        case Form():
            return _form_differs(figure, card, table[FORM])
        case FileChecksum():
            return _checksum_differs(figure, files)
        case _:
            assert_never(figure)


def _of_split(table: pd.DataFrame, split: str | None) -> pd.DataFrame:
    return table if split is None else table[table[SPLIT] == split]


def _count_differs(figure: Count, card: Card, rows: pd.DataFrame) -> str | None:
    count = rows[figure.of].nunique() if figure.of else len(rows)
    counted = figure.noun or (
        f"different values of {figure.of}" if figure.of else card.examples_are
    )
    place = "" if figure.split is None else f" in the {_SPLITS[figure.split]} split"
    return (
        None
        if count == figure.expected
        else f"{count:,} of {figure.expected:,} {counted}{place} ({figure.source})"
    )


def _classes_differ(figure: ClassCounts, labels: pd.Series) -> str | None:
    counts = Counter(map(str, labels))
    names = [*figure.expected, *sorted(counts.keys() - figure.expected.keys())]
    pairs = [(name, counts[name], figure.expected.get(name, 0)) for name in names]
    wrong = [
        f"{name} {count:,} of {expected:,}" for name, count, expected in pairs if count != expected
    ]
    place = "" if figure.split is None else f" in the {_SPLITS[figure.split]} split"
    return f"examples of each class{place}: {', '.join(wrong)} ({figure.source})" if wrong else None


def _form_differs(figure: Form, card: Card, forms: pd.Series) -> str | None:
    others = forms[forms != figure.expected].value_counts()
    if others.empty:
        return None
    kinds = " or ".join(str(form) for form in others.index[:3]) + (", …" if len(others) > 3 else "")
    return (
        f"{int(others.sum()):,} {card.examples_are} of {kinds} instead of {figure.expected}"
        f" ({figure.source})"
    )


def _checksum_differs(figure: FileChecksum, files: Mapping[str, Path]) -> str | None:
    if (
        figure.name not in files
        or file_checksum(files[figure.name], figure.algorithm) == figure.expected
    ):
        return None
    return f"{figure.name} has another {figure.algorithm} checksum than published ({figure.source})"
