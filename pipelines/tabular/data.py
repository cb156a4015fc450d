"""Where labelled rows come from: the user's tables, or the bundled visits."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.clinic_visits import (
    CLASS_NAMES,
    COLUMNS,
    GENERATOR_VERSION,
    NUMBERS,
    Visits,
    generate_visits,
)
from pipelines.tabular.config import TabularConfig, TabularDataConfig
from pipelines.tabular.reading.content import VALUE_PREFIX, content_of, plain_values
from pipelines.tabular.reading.groups import COMPLETENESS, group_table
from pipelines.tabular.reading.inputs import rows_of
from shared.contract import Examples, Provenance, Splits
from shared.errors import DataError
from shared.loading.columns.checks import refuse_copies, require_content
from shared.loading.columns.number_marks import marks_of
from shared.loading.columns.values import TABULAR, told_numbers
from shared.loading.files.tables import read_table
from shared.loading.labelled.files import find_files
from shared.loading.labelled.loading import LabelledTable, load_table
from shared.loading.splits.splitting import split_by_entity
from shared.shared_names import shared_names
from shared.targets import Categories

__all__ = ["complete", "load", "synthesize"]

_SETTING = "data.feature_columns"
_SPLITS = ("train", "val", "test")


def complete(config: TabularConfig) -> TabularConfig:
    """The settings with the columns that are read, and those of them that are numbers.

    What they are is told from the training split, before anything is built: the shapes of `decode`
    and of the network follow from it.

    Raises:
        DataError: The source can't be read as configured.
    """
    data = config.data
    if data.feature_columns is None:
        features = COLUMNS if data.source == "demo" else _other_columns(data)
        data = data.model_copy(update={"feature_columns": features})
    if data.number_columns is None:
        numbers = NUMBERS if data.source == "demo" else _told_numbers(data, config.train.seed)
        data = data.model_copy(update={"number_columns": numbers})
    return config.model_copy(update={"data": data})


def load(config: TabularConfig) -> Splits:
    """Read `data.source`: a table, which is divided by entity, or a folder of tables.

    Raises:
        DataError: The source can't be read as configured, too many of its rows are unusable, or a
            column says nothing or gives the answer away.
    """
    config = complete(config)
    data = config.data
    table = load_table(data, content_of(data), seed=config.train.seed)
    _check_columns(table, data)
    texts = _texts_of(table.table, data)
    examples = [_examples_of(table, texts, table.positions(name)) for name in _SPLITS]
    train, val, test = examples
    note = _note(texts.iloc[table.positions("train")], data)
    provenance = replace(table.provenance, conditions=(COMPLETENESS,)).with_notes(note)
    return Splits(
        train,
        val,
        test,
        target=Categories(names=table.names),
        provenance=provenance,
        quarantine=table.quarantine,
        columns={TABULAR: data.features},
        repeats_by_chance=data.entity_column is not None,
    )


def synthesize(config: TabularConfig, num_examples: int, seed: int) -> Splits:
    """Generate `num_examples` visits by persons of whom each is in one split."""
    data = config.data
    visits = generate_visits(num_examples, seed=seed, group_bias=data.demo_group_bias)
    examples = _examples_of_visits(visits)
    indices = split_by_entity(
        examples.entities,
        examples.targets,
        validation_share=data.validation_share,
        test_share=data.test_share,
        seed=seed,
    )
    train, val, test = (examples.take(part) for part in indices)
    recipe = json.dumps([GENERATOR_VERSION, data.decisive(), num_examples, seed])
    return Splits(
        train,
        val,
        test,
        target=Categories(names=CLASS_NAMES),
        provenance=_describe_demo(hashlib.sha256(recipe.encode()).hexdigest()),
        columns={TABULAR: COLUMNS},
    )


def _examples_of_visits(visits: Visits) -> Examples:
    table = visits.table
    targets = [CLASS_NAMES.index(name) for name in table["label"]]
    groups = {"district": table["district"].tolist()}
    return Examples(
        ids=table["id"].to_numpy(dtype=str),
        entities=table["person"].to_numpy(dtype=str),
        targets=np.array(targets, dtype=np.int64),
        groups=group_table(table[list(COLUMNS)], groups),
        rows=rows_of(table, COLUMNS),
        ground_truth=lambda index: np.asarray(visits.ground_truth[index]),
    )


def _other_columns(data: TabularDataConfig) -> tuple[str, ...]:
    """The columns without another role."""
    path = next(iter(find_files(Path(data.source)).values()))
    table = read_table(path, columns=data.columns, encoding=data.encoding, separator=data.separator)
    roles = (data.label_column, data.id_column, data.entity_column, data.split_column)
    found = tuple(name for name in table.columns if name not in (*roles, *data.group_columns))
    if not found:
        raise DataError(
            f"{path}: no column is left to read beside {data.label_column!r}. Columns:"
            f" {', '.join(table.columns)}."
        )
    return found


def _told_numbers(data: TabularDataConfig, seed: int) -> tuple[str, ...]:
    as_categories = data.model_copy(update={"number_columns": ()})
    table = load_table(as_categories, content_of(as_categories), seed=seed)
    training = _texts_of(table.table, data).iloc[table.positions("train")]
    return told_numbers(training, setting="data.number_columns", marks=marks_of(data))


def _texts_of(table: pd.DataFrame, data: TabularDataConfig) -> pd.DataFrame:
    """The columns that are read, under their own names, as `plain_values` gives them."""
    names = {f"{VALUE_PREFIX}{name}": name for name in data.features}
    return plain_values(table[list(names)].rename(columns=names), data)


def _check_columns(table: LabelledTable, data: TabularDataConfig) -> None:
    training = table.table.iloc[table.positions("train")]
    labels = shared_names(training["label"])
    # Without a column of entities each row is its own: no column can give it away.
    named = "id" if data.entity_column is None else "entity"
    entities = shared_names(training[named])
    texts = _texts_of(training, data)
    require_content(texts, data.numbers, setting=_SETTING)
    for name in texts:
        if not data.allow_leakage:
            refuse_copies(texts[name], labels, entities, setting=_SETTING)


def _examples_of(
    table: LabelledTable, texts: pd.DataFrame, positions: NDArray[np.int64]
) -> Examples:
    chosen = table.table.iloc[positions]
    values = texts.iloc[positions]
    return Examples(
        ids=shared_names(chosen["id"]),
        entities=shared_names(chosen["entity"]),
        targets=table.targets[positions],
        groups=group_table(values, table.given_groups(positions)),
        rows=rows_of(values, list(texts.columns)),
    )


def _note(training: pd.DataFrame, data: TabularDataConfig) -> str:
    categories = [name for name in data.features if name not in data.numbers]
    kinds = {"numbers": data.numbers, "categories": categories}
    said = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names)
    missing = {str(name): int((training[name] == "").sum()) for name in training}
    gaps = [f"{name} {count:,}" for name, count in missing.items() if count]
    tail = f" Not given in training rows: {', '.join(gaps)}." if gaps else ""
    marks = marks_of(data)
    read = "" if marks.is_plain else f" Numbers were read by {marks.said}."
    return f"The network reads {said}.{read}{tail}"


def _describe_demo(checksum: str) -> Provenance:
    return Provenance(
        name="Clinic visits",
        source="demo",
        version=GENERATOR_VERSION,
        licence="Apache-2.0",
        citation="",
        checksum=checksum,
        synthetic=True,
        conditions=(COMPLETENESS,),
        notes=(
            "Synthetic visits: whether somebody comes follows from the sum of what columns add.",
            "A bias is planted on purpose (data.demo_group_bias): upland labels are noisier.",
        ),
    )
