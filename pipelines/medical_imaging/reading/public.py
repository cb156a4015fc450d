"""Images of a public dataset as a collection, read as a table of the user's own images is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.medical_imaging.config import MedicalDataConfig
from pipelines.medical_imaging.reading.collection import Collection
from pipelines.medical_imaging.reading.image_table import collect_table
from shared.errors import DataError
from shared.loading.files.contents import ContentFile
from shared.loading.public.index import NUM_BYTES, SPLIT
from shared.loading.public.opening import PublicDataset

__all__ = ["adopt_settings", "collect_public"]

NO_MASKS_NOTE = (
    "This copy holds no masks, so that neither skin tone can be estimated nor explanations be held"
    " against them."
)


def adopt_settings(data: MedicalDataConfig, dataset: PublicDataset) -> MedicalDataConfig:
    """The settings with which the dataset's own columns are read.

    What is done with them (bands of age, names of classes) stays.
    """
    roles = dataset.description.roles
    if roles.label not in dataset.table:
        raise DataError(
            f"{data.source}: its images have several labels each, which this pipeline does not"
            " predict. Choose another."
        )
    has_masks = _has_masks(dataset)
    split = "given" if _has_splits(dataset.table) else data.split
    class_names = data.class_names or dict(dataset.card.class_names)
    adopted: dict[str, Any] = {
        "image_column": roles.identifier,
        "label_column": roles.label,
        "entity_column": roles.entity,
        "entity_pattern": None,
        "group_columns": roles.groups,
        "age_column": roles.age,
        "split_column": SPLIT,
        "split": split,
        "class_names": class_names,
        "estimate_skin_tone": data.estimate_skin_tone and has_masks,
    }
    return data.model_copy(update=adopted)


def collect_public(data: MedicalDataConfig, dataset: PublicDataset) -> Collection:
    """Every image of the dataset, decoded once.

    Args:
        data: As `adopt_settings` returns it.
        dataset: The opened dataset.

    Raises:
        DataError: More images are bad than permitted.
    """
    roles = dataset.description.roles
    images = {file.name: file for file in dataset.files(str(roles.content))}
    masks = (
        {file.name: file for file in dataset.files(str(roles.mask))} if _has_masks(dataset) else {}
    )

    def find(name: str) -> tuple[ContentFile, ContentFile | None]:
        return images[name], masks.get(name)

    collection = collect_table(data, dataset.table, Path(data.source), find)
    lacking = (NO_MASKS_NOTE,) if roles.mask is not None and not masks else ()
    notes = (*dataset.provenance.notes, *collection.provenance.notes, *lacking)
    # Names of the user's own may merge grades that are not neighbours.
    ordered = dataset.card.ordered_classes and data.class_names == dict(dataset.card.class_names)
    return replace(collection, provenance=replace(dataset.provenance, notes=notes), ordered=ordered)


def _has_splits(table: pd.DataFrame) -> bool:
    return bool(table[SPLIT].nunique() > 1)


def _has_masks(dataset: PublicDataset) -> bool:
    mask = dataset.description.roles.mask
    return mask is not None and bool((dataset.table[NUM_BYTES + mask] > 0).any())
