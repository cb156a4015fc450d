"""Labelled rows of a source, read and checked one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from shared.contract import Problem
from shared.errors import DataError
from shared.loading.files.tables import require_columns, require_unique
from shared.loading.labelled.content import Content, Fault
from shared.loading.labelled.settings import LabelledTableConfig
from shared.loading.name_columns import find_unusable_names, tidied_note, tidy_names
from shared.loading.spellings import settle_names
from shared.loading.user_tables import read_user_table
from shared.names import is_blank

__all__ = ["GROUP_PREFIX", "LabelledRows", "as_rows", "check_rows", "read_rows"]

GROUP_PREFIX = "group:"


@dataclass(frozen=True)
class LabelledRows:
    """Rows of all files of a source, one after the other.

    Attributes:
        table: Text. Columns id, label, entity, key (equal where the content is), file, row (from
            1), file_split (the split that the file is, or ""), split (by split_column, or ""),
            those of the content, and the group columns under `group:<name>`.
        problems: Position in the table -> why that row can't be used.
        notes: Sentences for the report about how names were read.
    """

    table: pd.DataFrame
    problems: Mapping[int, Problem]
    notes: tuple[str, ...] = ()


def read_rows(
    files: Mapping[str | None, Path], data: LabelledTableConfig, content: Content
) -> LabelledRows:
    """Read all files.

    Args:
        files: Split -> file; None where it is the whole source.
        data: Names the columns.
        content: What is predicted from.

    Raises:
        DataError: A file can't be read, a column is missing, or an id is repeated.
    """
    tables = [_read_file(path, split, data, content) for split, path in files.items()]
    return check_rows(tables, data, content)


def check_rows(
    tables: Sequence[pd.DataFrame], data: LabelledTableConfig, content: Content
) -> LabelledRows:
    """Put the rows of all files together, and note those without content or label.

    Args:
        tables: As `as_rows` makes them.
        data: Names the columns.
        content: What is predicted from.

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
    problems = _find_problems(table, data, content)
    files = ", ".join(dict.fromkeys(table["file"]))
    fields = {"label": data.label_column}
    if data.entity_column is not None:
        fields["entity"] = data.entity_column
    table = settle_names(
        table, data, fields, where=files, without=problems.keys(), known=data.class_names
    )
    return LabelledRows(table, problems, tidied_note(sum(item.num_tidied for item in tidy)))


def as_rows(
    raw: pd.DataFrame, path: Path, split: str | None, data: LabelledTableConfig, content: Content
) -> pd.DataFrame:
    """A table's content in the columns of `LabelledRows.table`.

    Args:
        raw: Has the columns that the configuration names.
        path: Where it comes from, for ids and messages.
        split: Which split it is; None if it is the whole source.
        data: Names the columns.
        content: What is predicted from.
    """
    rows = range(1, len(raw) + 1)
    given = raw[list(content.columns.values())]
    keys = [content.key_of(values) for values in given.itertuples(index=False, name=None)]
    stem = path.name.split(".")[0]
    ids = [f"{stem}-{row}" for row in rows]
    entities = keys if data.entity_column is None else raw[data.entity_column]
    has_splits = data.split == "given" and data.split_column is not None
    splits = raw[data.split_column] if has_splits else ""
    columns = {
        "id": ids if data.id_column is None else raw[data.id_column],
        "label": raw[data.label_column],
        "entity": entities,
        "key": keys,
        "file": str(path),
        "row": rows,
        "file_split": split or "",
        "split": splits,
    }
    columns |= {name: raw[column] for name, column in content.columns.items()}
    columns |= {f"{GROUP_PREFIX}{name}": raw[name] for name in data.group_columns}
    return pd.DataFrame(columns, dtype=object)


def _fields(data: LabelledTableConfig) -> dict[str, str]:
    """Columns of names in `LabelledRows.table` -> what the user calls them."""
    given = {
        "label": data.label_column,
        "id": data.id_column,
        "entity": data.entity_column,
        "split": data.split_column,
    }
    groups = {f"{GROUP_PREFIX}{name}": name for name in data.group_columns}
    return {name: field for name, field in given.items() if field is not None} | groups


def _find_problems(
    table: pd.DataFrame, data: LabelledTableConfig, content: Content
) -> dict[int, Problem]:
    problems: dict[int, Problem] = {}
    values_of_rows = table[list(content.columns)].itertuples(index=False, name=None)
    for position, values in enumerate(values_of_rows):
        fault = content.find_fault(values)
        if fault is None and is_blank(str(table["label"].iat[position])):
            fault = Fault("the label is empty", data.label_column)
        if fault is not None:
            problems[position] = _problem(table, position, fault)
    for position, problem in find_unusable_names(table, _fields(data), file="").items():
        row = table.iloc[position]
        named = replace(problem, file=str(row["file"]), row=int(row["row"]))
        problems.setdefault(position, named)
    return problems


def _problem(table: pd.DataFrame, position: int, fault: Fault) -> Problem:
    row = table.iloc[position]
    return Problem(str(row["file"]), fault.reason, row=int(row["row"]), field=fault.column)


def _read_file(
    path: Path, split: str | None, data: LabelledTableConfig, content: Content
) -> pd.DataFrame:
    raw = read_user_table(path, data)
    single = {
        "data.label_column": data.label_column,
        "data.id_column": data.id_column,
        "data.entity_column": data.entity_column,
        "data.split_column": data.split_column if data.split == "given" else None,
    }
    wanted = {content.setting: list(content.columns.values())}
    wanted |= {name: [column] for name, column in single.items() if column is not None}
    require_columns(raw, wanted | {"data.group_columns": list(data.group_columns)}, path=path)
    if data.id_column is not None:
        require_unique(raw, data.id_column, path=path)
    return as_rows(raw, path, split, data, content)
