"""What a user knows of the new rows: truth, entity and groups, from a table beside the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config import DataConfig
from shared.contract import UNKNOWN
from shared.errors import DataError
from shared.loading.files.tables import is_table, read_table
from shared.names import name_key, printable
from shared.shared_names import shared_names
from shared.targets import Categories, Horizon, Target

__all__ = ["KnownFacts", "read_facts", "unknown_facts"]

_ENTITY_SETTINGS = ("entity_column", "speaker_column")
_MOST_NAMED = 3


@dataclass(frozen=True)
class KnownFacts:
    """What is known of new rows, in their order.

    Attributes:
        targets: As `Predictions` has them; -1 or NaN where the truth is not known.
        entities: (n,) str; None if none are known.
        groups: n rows × one column per attribute that is known.
        notes: What was not understood.
    """

    targets: NDArray[Any]
    entities: NDArray[np.str_] | None
    groups: pd.DataFrame
    notes: tuple[str, ...] = ()


def unknown_facts(target: Target, num_rows: int) -> KnownFacts:
    """Of rows of which nothing is known."""
    return KnownFacts(_no_truth(target, num_rows), None, pd.DataFrame(index=range(num_rows)))


def read_facts(
    labels: Path | None,
    input_path: Path,
    ids: Sequence[str],
    target: Target,
    data: DataConfig,
    attributes: Sequence[str],
) -> KnownFacts:
    """Truth, entities and groups of new rows, matched by id.

    The table is `labels`, or the input itself if that is a table. Its id column is the one that
    holds the inputs' ids; the input itself may have none, then its rows are counted from 1. The
    label stands in `data.label_column`, of forecasts in one column `<channel>_<step>` for each
    value; the entity in `data.entity_column` or `entity`; groups in columns of the attributes'
    names. All but the id may be missing.

    Args:
        labels: A table; None if none is given.
        input_path: The new inputs.
        ids: Of the new rows.
        target: What is predicted.
        data: Names of columns, encoding and separator.
        attributes: Group attributes of the test split.

    Raises:
        DataError: `labels` can't be read, has none of the ids, has an id twice, or a class that the
            model does not know.
    """
    path = labels or input_path
    if not ids or (labels is None and not (path.is_file() and is_table(path))):
        return unknown_facts(target, len(ids))
    matched = _read_matched(path, ids, data, is_input=labels is None)
    if matched is None:
        return unknown_facts(target, len(ids))
    targets, notes = _read_truth(matched, target, data, path)
    configured = [getattr(data, setting, None) for setting in _ENTITY_SETTINGS]
    entity_column = _first_column(matched, [*configured, "entity"])
    groups = {name: _texts(matched[name], UNKNOWN) for name in attributes if name in matched}
    return KnownFacts(
        targets,
        None if entity_column is None else _entities(matched[entity_column], ids),
        pd.DataFrame(groups, index=range(len(ids))),
        notes,
    )


def _read_matched(
    path: Path, ids: Sequence[str], data: DataConfig, *, is_input: bool
) -> pd.DataFrame | None:
    try:
        table = read_table(path, encoding=data.encoding, separator=data.separator)
    except DataError:
        if is_input:  # the pipeline has read it as something else, such as one text a line
            return None
        raise
    return _match(table, ids, path, is_input=is_input)


def _match(
    table: pd.DataFrame, ids: Sequence[str], path: Path, *, is_input: bool
) -> pd.DataFrame | None:
    """The table's rows in the order of `ids`; a row of missing values where an id is not there."""
    wanted = set(ids)
    keys = {
        str(column): [printable(name_key(str(name))) for name in table[column]]
        for column in table.columns
    }
    hits = {column: len(wanted.intersection(names)) for column, names in keys.items()}
    best = max(hits, key=lambda column: (hits[column], column == "id"), default=None)
    if is_input and (best is None or hits[best] < len(wanted)):
        counted = [str(row) for row in range(1, len(table) + 1)]
        if not wanted <= set(counted):
            return None
        return table.set_axis(counted, axis=0).reindex(list(ids))
    if best is None or hits[best] == 0:
        raise DataError(
            f"{path}: no column holds the ids of the inputs, which are such as"
            f" {', '.join(map(repr, list(ids)[:_MOST_NAMED]))}. Columns:"
            f" {', '.join(map(str, table.columns))}. Give the table a column of ids; predict writes"
            " them in its column id."
        )
    index = pd.Index(keys[best])
    repeated = index[index.duplicated() & index.isin(list(wanted))]
    if len(repeated):
        raise DataError(f"{path}, column {best!r}: the id {repeated[0]!r} appears twice.")
    kept = table.set_axis(index, axis=0)
    return kept[~index.duplicated()].reindex(list(ids))


def _read_truth(
    table: pd.DataFrame, target: Target, data: DataConfig, path: Path
) -> tuple[NDArray[Any], tuple[str, ...]]:
    match target:
        case Categories():
            return _read_classes(table, target, data, path)
        case Horizon():
            return _read_values(table, target, path), ()
        case _:
            assert_never(target)


def _read_classes(
    table: pd.DataFrame, target: Categories, data: DataConfig, path: Path
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    column = _first_column(table, [getattr(data, "label_column", None), "label"])
    if column is None:
        return _no_truth(target, len(table)), ()
    places = {name_key(name): place for place, name in enumerate(target.names)}
    labels = [name_key(text) for text in _texts(table[column], "").tolist()]
    strange = sorted({label for label in labels if label and label not in places})
    if strange:
        named = ", ".join(repr(printable(label)) for label in strange[:_MOST_NAMED])
        raise DataError(
            f"{path}, column {column!r}: {named} is no class of the model. Classes:"
            f" {', '.join(target.names)}. Leave the label empty where it is not known."
        )
    targets = np.array([places.get(label, -1) for label in labels], dtype=np.int64)
    missing = int((targets < 0).sum())
    return targets, (f"{missing:,} of {len(targets):,} rows have no label.",) if missing else ()


def _read_values(table: pd.DataFrame, target: Horizon, path: Path) -> NDArray[np.float64]:
    """(n, steps, channels), NaN where a column or value is missing."""
    values = _no_truth(target, len(table))
    for c, channel in enumerate(target.channels):
        for step in range(target.steps):
            column = f"{channel}_{step + 1}"
            if column in table:
                try:
                    values[:, step, c] = pd.to_numeric(table[column].replace("", np.nan))
                except ValueError as error:
                    raise DataError(f"{path}, column {column!r}: {error}.") from error
    return values


def _no_truth(target: Target, num_rows: int) -> NDArray[Any]:
    match target:
        case Categories():
            return np.full(num_rows, -1, dtype=np.int64)
        case Horizon():
            return np.full((num_rows, target.steps, len(target.channels)), np.nan)
        case _:
            assert_never(target)


def _first_column(table: pd.DataFrame, names: Sequence[str | None]) -> str | None:
    there = [name for name in names if name is not None and name in table]
    return there[0] if there else None


def _texts(column: pd.Series, missing: str) -> NDArray[np.str_]:
    return shared_names(
        missing if pd.isna(value) or value == "" else str(value) for value in column
    )


def _entities(column: pd.Series, ids: Sequence[str]) -> NDArray[np.str_]:
    """A row without an entity is one of its own."""
    texts = _texts(column, "")
    return np.where(texts == "", shared_names(ids), texts)
