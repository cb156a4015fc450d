"""Texts of a public dataset as rows, by the same way as a folder of the user's own tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.sentiment.config import SentimentDataConfig
from pipelines.sentiment.reading.texts import content_of
from shared.loading.labelled.files import report_last_split
from shared.loading.labelled.rows import LabelledRows, as_rows, check_rows
from shared.loading.public.index import SPLIT
from shared.loading.public.opening import PublicDataset

__all__ = ["adopt_settings", "read_public"]

_FILE_NAMES = {
    "train": "train",
    "val": "dev",
    "test": "test",
}  # what people call the splits of a corpus


def adopt_settings(data: SentimentDataConfig, dataset: PublicDataset) -> SentimentDataConfig:
    """The settings with which the dataset's own columns are read.

    Split and names of classes stay as they are given.
    """
    roles = dataset.description.roles
    adopted: dict[str, Any] = {
        "columns": None,
        "text_column": roles.text,
        "label_column": roles.label,
        "id_column": roles.identifier,
        "entity_column": roles.entity,
        "split_column": None,
        "group_columns": roles.groups,
        "class_names": data.class_names or dict(dataset.card.class_names),
    }
    return data.model_copy(update=adopted)


def read_public(dataset: PublicDataset, data: SentimentDataConfig) -> LabelledRows:
    """The rows of all splits.

    Args:
        dataset: The opened dataset.
        data: As `adopt_settings` returns it.
    """
    found = {
        str(split): rows.reset_index(drop=True) for split, rows in dataset.table.groupby(SPLIT)
    }
    origins = {split: Path(data.source) / _FILE_NAMES[split] for split in found}
    splits = report_last_split({split: (rows, origins[split]) for split, rows in found.items()})
    content = content_of(data)
    tables = [
        as_rows(rows, origin, split, data, content) for split, (rows, origin) in splits.items()
    ]
    return check_rows(tables, data, content)
