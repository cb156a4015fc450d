"""Which row belongs to which split, and the rows that may not stay because the test knows them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config.setting_text import set_option
from shared.contract import Problem
from shared.errors import DataError
from shared.loading.labelled.content import Content
from shared.loading.labelled.rows import LabelledRows
from shared.loading.labelled.settings import LabelledTableConfig
from shared.loading.splits.quarantine import COPY_OF_A_SPLIT
from shared.loading.splits.splitting import split_by_column, split_by_entity, split_off_entities

__all__ = ["assign_splits", "find_leaks"]

_SHOWN_CHARACTERS = 60


def assign_splits(
    rows: LabelledRows, targets: NDArray[np.int64], data: LabelledTableConfig, *, seed: int
) -> NDArray[np.str_]:
    """The split of each row: `train`, `val`, `test`, or "" for a row with a problem.

    Raises:
        DataError: `data.split` is "given", but the source gives no splits; or there are too few
            entities.
    """
    usable = np.setdiff1d(np.arange(len(rows.table)), sorted(rows.problems))
    # Numbers in the order of the names: an array of text has in each cell the room of its longest,
    # which may be a cell that was set aside.
    entities, _ = pd.factorize(rows.table["entity"].to_numpy(dtype=object), sort=True)
    splits = np.full(len(rows.table), "", dtype="<U5")
    if data.split == "entity":
        chosen = split_by_entity(
            entities[usable],
            targets[usable],
            validation_share=data.validation_share,
            test_share=data.test_share,
            seed=seed,
        )
        for name, indices in chosen._asdict().items():
            splits[usable[indices]] = name
        return splits
    given = _given_splits(rows.table, data)
    splits[usable] = given[usable]
    if not (splits == "val").any():
        train = np.flatnonzero(splits == "train")
        share = data.validation_share / (1.0 - data.test_share)
        _, aside = split_off_entities(entities[train], targets[train], share=share, seed=seed)
        splits[train[aside]] = "val"
    return splits


def find_leaks(
    rows: LabelledRows, splits: NDArray[np.str_], content: Content
) -> dict[int, Problem]:
    """Rows whose content is also in a later split: position -> problem.

    The test stays whole; what is in it leaves training and validation, and what is in validation
    leaves training.
    """
    leaks: dict[int, Problem] = {}
    keys = rows.table["key"].to_numpy(dtype=object)
    for kept, cleaned in (("test", ("train", "val")), ("val", ("train",))):
        known = set(keys[splits == kept].tolist())
        for position in np.flatnonzero(np.isin(splits, cleaned)).tolist():
            if keys[position] in known and position not in leaks:
                row = rows.table.iloc[position]
                reason = (
                    f"{COPY_OF_A_SPLIT}{'test' if kept == 'test' else 'validation'} split:"
                    f" {_shown(row, content)!r}"
                )
                leaks[position] = Problem(
                    str(row["file"]), reason, row=int(row["row"]), field=content.only_column
                )
    return leaks


def _given_splits(table: pd.DataFrame, data: LabelledTableConfig) -> NDArray[np.str_]:
    if data.split_column is not None:
        where = f"{data.source}, column {data.split_column!r}"
        splits = table["split"].to_numpy(dtype=object)
        split_by_column(splits, where=where)
        return splits
    splits = table["file_split"].to_numpy(dtype=str)
    if (splits == "").any():
        raise DataError(
            f"{data.source}: data.split=given needs the files train and test (or dev) in a"
            " folder, or data.split_column, a column with train, val or test in each row. To let"
            f" the split be made, use {set_option('data.split', 'entity')}"
        )
    return splits


def _shown(row: pd.Series, content: Content) -> str:
    text = " · ".join(str(row[name]) for name in content.columns)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
