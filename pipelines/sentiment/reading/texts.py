"""Labelled texts of a source, read and checked row by row."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.sentiment.config import SentimentDataConfig
from pipelines.sentiment.reading.words import is_blank
from shared.config.setting_text import set_option
from shared.contract import Problem
from shared.errors import DataError
from shared.loading.files.tables import require_columns, require_unique
from shared.loading.name_columns import find_unprintable, tidied_note, tidy_names
from shared.loading.spellings import settle_names
from shared.loading.user_tables import read_user_table
from shared.same_text import plain_text

__all__ = [
    "EMPTY",
    "NUL",
    "Texts",
    "as_rows",
    "check_texts",
    "class_names",
    "class_of_rows",
    "read_texts",
    "text_key",
    "too_long",
    "why_unusable",
]

EMPTY = "the text is empty"
NUL = "a NUL character, which no text holds"

_MOST_CLASSES = 100
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?")


@dataclass(frozen=True)
class Texts:
    """Rows of all files of a source, one after the other.

    Attributes:
        table: Columns id, text, label, entity, key, file, row (from 1), file_split (the split that
            the file is, or ""), split (by split_column, or ""), and the group columns under
            `group:<name>`.
        problems: Position in the table -> why that row can't be used.
        notes: Sentences for the report about how names were read.
    """

    table: pd.DataFrame
    problems: Mapping[int, Problem]
    notes: tuple[str, ...] = ()


def read_texts(files: Mapping[str | None, Path], data: SentimentDataConfig) -> Texts:
    """Read all files.

    Raises:
        DataError: A file can't be read, a column is missing, or an id is repeated.
    """
    return check_texts([_read_file(path, split, data) for split, path in files.items()], data)


def check_texts(tables: Sequence[pd.DataFrame], data: SentimentDataConfig) -> Texts:
    """Put the rows of all files together, and note those without text or label.

    Raises:
        DataError: An id is repeated, or names differ only in spelling and nothing says if they are
            one.
    """
    tidy = [tidy_names(table, _fields(data)) for table in tables]
    table = pd.concat([item.table for item in tidy], ignore_index=True)
    repeated = table["id"].duplicated()
    if repeated.any():
        row = table.loc[repeated.to_numpy()].iloc[0]
        raise DataError(
            f"{row['file']}, row {row['row']}: the id {row['id']!r} is also in another file; ids"
            " must be unique."
        )
    problems = _find_problems(table, data)
    files = ", ".join(dict.fromkeys(table["file"]))
    fields = {"label": data.label_column}
    if data.entity_column is not None:
        fields["entity"] = data.entity_column
    table = settle_names(
        table, data, fields, where=files, without=problems.keys(), known=data.class_names
    )
    return Texts(table, problems, tidied_note(sum(item.num_tidied for item in tidy)))


def _fields(data: SentimentDataConfig) -> dict[str, str]:
    """Columns of names in `Texts.table` -> what the user calls them."""
    given = {
        "label": data.label_column,
        "id": data.id_column,
        "entity": data.entity_column,
        "split": data.split_column,
    }
    groups = {f"group:{name}": name for name in data.group_columns}
    return {name: field for name, field in given.items() if field is not None} | groups


def _find_problems(table: pd.DataFrame, data: SentimentDataConfig) -> dict[int, Problem]:
    problems: dict[int, Problem] = {}
    for position, (text, label) in enumerate(zip(table["text"], table["label"], strict=True)):
        reason = why_unusable(text, data)
        if reason is not None or is_blank(label):
            row = table.iloc[position]
            field = data.label_column if reason is None else data.text_column
            problems[position] = Problem(
                str(row["file"]), reason or "the label is empty", row=int(row["row"]), field=field
            )
    for position, problem in find_unprintable(table, _fields(data), file="").items():
        row = table.iloc[position]
        named = replace(problem, file=str(row["file"]), row=int(row["row"]))
        problems.setdefault(position, named)
    return problems


def why_unusable(text: str, data: SentimentDataConfig) -> str | None:
    """Half a sentence about what keeps a text from being read, or None."""
    if is_blank(text):
        return EMPTY
    if len(text) > data.max_text_characters:
        return str(len(text)).join(too_long(data))
    return None


def too_long(data: SentimentDataConfig) -> tuple[str, str]:
    """What is said of a text that is too long, before and after its number of characters."""
    limit = f"{data.max_text_characters:,}"
    return "the text has ", f" characters, more than the {limit} of data.max_text_characters"


def text_key(text: str) -> str:
    """A short key of texts that are the same (`shared/same_text.py`): SHA-256, 16 hex digits."""
    return hashlib.sha256(plain_text(text).encode(errors="surrogatepass")).hexdigest()[:16]


def class_names(
    labels: Sequence[str], data: SentimentDataConfig, *, where: str
) -> tuple[tuple[str, ...], Mapping[str, int]]:
    """Class names in order, and label -> class index.

    Args:
        labels: Labels of the training split (of all rows where the split is still to be made).
        data: Settings; `class_names` decides names and order, else the labels are their own names,
            numbers in numeric order.
        where: The source, for messages.

    Raises:
        DataError: One class only, implausibly many, or a configured class that no label has.
    """
    found = sorted(set(labels), key=_numbers_first)
    if len(found) < 2:
        raise DataError(
            f"{where}, column {data.label_column!r}: one class only ({', '.join(found) or 'none'});"
            " at least two are needed."
        )
    if data.class_names:
        names = tuple(dict.fromkeys(data.class_names.values()))
        empty = [
            name
            for name in names
            if not any(data.class_names.get(label) == name for label in found)
        ]
        if empty:
            raise DataError(
                f"{where}, column {data.label_column!r}: no row has the class {empty[0]!r}; labels"
                f" there: {_shown(found)}. Correct data.class_names."
            )
        return names, {label: names.index(name) for label, name in data.class_names.items()}
    if len(found) > _MOST_CLASSES:
        raise DataError(
            f"{where}, column {data.label_column!r}: {len(found)} different labels, for example"
            f" {_shown(found[:3])}. Is it the label? Name yours with"
            f" {set_option('data.label_column', 'label')} or join classes with data.class_names."
        )
    return tuple(found), {label: index for index, label in enumerate(found)}


def class_of_rows(
    texts: Texts, indices: Mapping[str, int], data: SentimentDataConfig
) -> NDArray[np.int64]:
    """Class index of each row, (n,) int64; −1 where the row has a problem.

    Raises:
        DataError: A label is unknown; the message names file and row.
    """
    targets = np.full(len(texts.table), -1, dtype=np.int64)
    for position, label in enumerate(texts.table["label"]):
        if position in texts.problems:
            continue
        if label not in indices:
            row = texts.table.iloc[position]
            raise DataError(
                f"{row['file']}, row {row['row']}, column {data.label_column!r}: unknown label"
                f" {label!r}; the training split has {_shown(list(indices))}. Correct it, or map it"
                " with data.class_names."
            )
        targets[position] = indices[label]
    return targets


def _read_file(path: Path, split: str | None, data: SentimentDataConfig) -> pd.DataFrame:
    raw = read_user_table(path, data)
    single = {
        "data.text_column": data.text_column,
        "data.label_column": data.label_column,
        "data.id_column": data.id_column,
        "data.entity_column": data.entity_column,
        "data.split_column": data.split_column if data.split == "given" else None,
    }
    wanted = {name: [column] for name, column in single.items() if column is not None}
    require_columns(raw, wanted | {"data.group_columns": list(data.group_columns)}, path=path)
    if data.id_column is not None:
        require_unique(raw, data.id_column, path=path)
    return as_rows(raw, path, split, data)


def as_rows(
    raw: pd.DataFrame, path: Path, split: str | None, data: SentimentDataConfig
) -> pd.DataFrame:
    """A table's content in the columns of `Texts.table`.

    Args:
        raw: Has the columns that the configuration names.
        path: Where it comes from, for ids and messages.
        split: Which split it is; None if it is the whole source.
        data: Names the columns.
    """
    rows = range(1, len(raw) + 1)
    keys = [f"text-{text_key(text)}" for text in raw[data.text_column]]
    ids = [f"{path.name.split('.')[0]}-{row}" for row in rows]
    has_splits = data.split == "given" and data.split_column is not None
    splits = raw[data.split_column] if has_splits else ""
    entities = keys if data.entity_column is None else raw[data.entity_column]
    columns = {
        "id": ids if data.id_column is None else raw[data.id_column],
        "text": raw[data.text_column],
        "label": raw[data.label_column],
        "entity": entities,
        "key": keys,
        "file": str(path),
        "row": rows,
        "file_split": split or "",
        "split": splits,
    }
    table = pd.DataFrame(columns, dtype=object)
    for name in data.group_columns:
        table[f"group:{name}"] = raw[name]
    return table


def _numbers_first(label: str) -> tuple[int, float, str]:
    return (0, float(label), label) if _NUMBER.fullmatch(label) else (1, 0.0, label)


def _shown(labels: Sequence[str]) -> str:
    return ", ".join(repr(label) for label in labels[:10]) + (", …" if len(labels) > 10 else "")
