"""Columns beside images in a source: what they are, what of them can't be read, and what they tell.

All is judged on the training split, before anything is fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.medical_imaging.config import MedicalDataConfig
from pipelines.medical_imaging.tabular.settings import TabularDataConfig
from shared.config.setting_text import set_option
from shared.contract import Problem
from shared.errors import DataError
from shared.loading.columns.checks import refuse_copies, require_content, unreadable_numbers
from shared.loading.columns.number_marks import marks_of
from shared.loading.columns.values import (
    given_values,
    told_numbers,
)
from shared.loading.files.tables import require_columns
from shared.names import name_key

__all__ = [
    "SettledColumns",
    "check_tabular_columns",
    "plain_texts",
    "require_table",
    "settle_columns",
    "tabular_texts",
]

_ROLES = ("image_column", "label_column", "entity_column", "split_column")
_SETTING = "data.tabular_columns"


class SettledColumns(NamedTuple):
    """What was found out about the columns.

    Attributes:
        texts: The table, numbers as programs write them.
        numbers: Those that are numbers.
        problems: Row -> why it can't be used.
        notes: Sentences for the report.
    """

    texts: pd.DataFrame
    numbers: tuple[str, ...]
    problems: dict[int, Problem]
    notes: tuple[str, ...]


def require_table(data: TabularDataConfig, source: Path) -> None:
    """Refuse columns of a source without a table.

    Raises:
        DataError: `data.tabular_columns` names some.
    """
    if data.tabular_columns:
        raise DataError(
            f"{source}: data.tabular_columns names {', '.join(data.tabular_columns)}, but there is"
            " no table beside these images. Give one with a row for each image, or read the images"
            f" alone with {set_option('data.tabular_columns', [])}"
        )


def check_tabular_columns(table: pd.DataFrame, data: MedicalDataConfig, path: Path) -> None:
    """Refuse a column that is not there, says what is to be predicted, or of whom an image is.

    Args:
        table: Beside the images.
        data: Names the columns.
        path: Of the table.

    Raises:
        DataError: Such a column is among those to be read beside the image.
    """
    require_columns(table, {"data.tabular_columns": data.tabular_columns}, path=path)
    for column in data.tabular_columns:
        for setting in _ROLES:
            if column == getattr(data, setting):
                raise DataError(
                    f"{path}: data.tabular_columns names {column!r}, which is data.{setting}: the"
                    " network would learn the answer, or who it is, from the column. Leave it out."
                )


def tabular_texts(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame | None:
    """The columns as text, without what nobody can see; None where there are none to read.

    Args:
        table: Text, "" where nothing stands.
        columns: To be read.
    """
    if not columns:
        return None
    return table[list(columns)].astype(str).map(name_key).reset_index(drop=True)


def plain_texts(
    table: pd.DataFrame, numbers: Sequence[str], data: TabularDataConfig
) -> pd.DataFrame:
    """What `tabular_texts` gives, numbers as programs write them."""
    marks = marks_of(data)
    return table.assign(**{name: marks.plain_where_written(table[name]) for name in numbers})


def settle_columns(
    table: pd.DataFrame,
    data: TabularDataConfig,
    training: NDArray[np.int64],
    *,
    ids: NDArray[np.str_],
    labels: NDArray[np.str_],
    entities: NDArray[np.str_],
) -> SettledColumns:
    """Tell what each column is, and refuse those that say nothing or too much.

    Args:
        table: As `tabular_texts` gives it.
        data: Settings; what they say of numbers holds.
        training: Rows of the training split.
        ids: (n,) of all rows.
        labels: (n,) classes.
        entities: (n,) whose they are.

    Raises:
        DataError: A column is empty or the same in all of training, holds names, or repeats the
            label or the entity.
    """
    seen = table.iloc[training]
    numbers = data.tabular_numbers
    if numbers is None:
        numbers = told_numbers(seen, setting="data.tabular_numbers", marks=marks_of(data))
    problems = {
        row: Problem(str(ids[row]), why, field=column)
        for row, (column, why) in unreadable_numbers(table, numbers, marks_of(data)).items()
    }
    table = plain_texts(table, numbers, data)
    usable = np.setdiff1d(training, np.fromiter(problems, dtype=np.int64, count=len(problems)))
    training_texts = table.iloc[usable]
    require_content(training_texts, numbers, setting=_SETTING)
    for name in training_texts:
        if not data.allow_leakage:
            column = training_texts[name]
            refuse_copies(column, labels[usable], entities[usable], setting=_SETTING)
    return SettledColumns(table, numbers, problems, (_note(training_texts, numbers, data),))


def _note(training: pd.DataFrame, numbers: Sequence[str], data: TabularDataConfig) -> str:
    said = []
    for name in training:
        is_number = name in numbers
        num_missing = len(training) - len(given_values(training[name], numbers=is_number))
        kind = "a number" if is_number else "a category"
        missing = f"missing in {num_missing:,}" if num_missing else "given in all"
        said.append(f"{name} ({kind}, {missing} of {len(training):,} training rows)")
    marks = marks_of(data)
    read = "" if marks.is_plain else f" Numbers were read by {marks.said}."
    return (
        f"The network reads beside each image: {'; '.join(said)}.{read} A gap between groups of"
        " such a column can come from the column itself. Explanations cover the image alone."
    )
