"""A folder of images with a table of labels, patients, groups and perhaps splits."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.medical_imaging.config import MedicalDataConfig
from pipelines.medical_imaging.reading.collection import Collection, file_provenance
from pipelines.medical_imaging.reading.files import ImageIndex, digest, find_images, map_in_threads
from pipelines.medical_imaging.reading.images import (
    Image,
    flatness_notes,
    open_known_images,
    read_image,
    require_distinct,
    rows_from_files,
    sharpness_of,
)
from pipelines.medical_imaging.reading.masks import MaskFiles, mask_path
from pipelines.medical_imaging.reading.measurements.skin_tone import (
    SKIN_TONE_ATTRIBUTE,
    skin_tone_notes,
)
from pipelines.medical_imaging.reading.patients import (
    NO_PATIENT,
    dicom_conditions,
    dicom_groups,
    names_patients,
    patient_entities,
)
from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from pipelines.medical_imaging.reading.table_values import (
    age_bands_of,
    as_text,
    field_problems,
    name_columns,
)
from pipelines.medical_imaging.tabular.reading import check_tabular_columns, tabular_texts
from shared.config.setting_text import set_option
from shared.contract import Problem
from shared.errors import DataError
from shared.loading.files.contents import ContentFile
from shared.loading.files.likely_columns import advise_split_column
from shared.loading.files.tables import (
    is_table,
    require_columns,
    require_unique,
    table_suffix,
)
from shared.loading.name_columns import group_value, tidied_note, tidy_names
from shared.loading.spellings import settle_names
from shared.loading.splits.quarantine import enforce_quarantine
from shared.loading.splits.splitting import split_by_column
from shared.loading.user_tables import read_user_table
from shared.shared_names import shared_names

__all__ = ["ImageFinder", "collect_table", "find_table", "load_image_table"]

ImageFinder = Callable[[str], tuple[ContentFile, ContentFile | None]]
"""Name of an image -> its file and that of its mask, if there are masks."""


def find_table(root: Path, data: MedicalDataConfig) -> Path | None:
    """The table that the configuration names, or the only one in the folder, or None.

    Raises:
        DataError: Several could be meant.
    """
    if data.table is not None:
        return root / data.table
    # A .txt beside images is a note, not a table.
    tables = sorted(
        path for path in root.iterdir() if is_table(path) and table_suffix(path) != ".txt"
    )
    if len(tables) > 1:
        raise DataError(
            f"{root}: several tables: {', '.join(path.name for path in tables)}. Choose one with"
            f" {set_option('data.table', tables[0].name)}"
        )
    return tables[0] if tables else None


def load_image_table(data: MedicalDataConfig, table_path: Path, root: Path) -> Collection:
    """Read a table and the images that it names.

    Args:
        data: Names the columns and folders.
        table_path: The table.
        root: What the configured folders are relative to.

    Raises:
        DataError: A file or column is missing, an id is repeated, or more inputs are bad than
            permitted.
    """
    masks = (
        None if data.mask_folder is None else _folder(root, data.mask_folder, "data.mask_folder")
    )
    image_root = (
        root if data.image_folder is None else _folder(root, data.image_folder, "data.image_folder")
    )
    index = ImageIndex.of(image_root, find_images(image_root, besides=masks))

    def find(name: str) -> tuple[ContentFile, ContentFile | None]:
        path = index.find(name)
        return path, None if masks is None else mask_path(path, masks, data.mask_suffix)

    table = read_user_table(table_path, data)
    return collect_table(data, table, table_path, find)


def collect_table(
    data: MedicalDataConfig, table: pd.DataFrame, table_path: Path, find: ImageFinder
) -> Collection:
    """Read the images that a table names, each once, so that none fails later.

    Args:
        data: Names the columns.
        table: The table's content.
        table_path: Where it comes from, for messages and names.
        find: Name of an image -> its file and that of its mask, if there are masks. Raises
            UnreadableImageError if there is none.

    Raises:
        DataError: As `load_image_table`.
    """
    _check_columns(table, data, table_path)
    table, num_tidied = tidy_names(as_text(table), name_columns(data))
    _check_splits(table, data, table_path)
    bands = age_bands_of(table, data)
    problems = field_problems(table, data, table_path, bands)
    table = _settled(table, data, table_path, problems)
    read = _read_images(data, table, table_path, find, without=problems.keys())
    images = {row: item for row, item in read.items() if isinstance(item, Image)}
    problems |= {row: item for row, item in read.items() if isinstance(item, Problem)}
    problems |= _set_nameless_aside(images, data, table_path)
    require_distinct(images, table[data.image_column], table_path)
    quarantine = enforce_quarantine(
        [problems[row] for row in sorted(problems)],
        num_inputs=len(table),
        max_share=data.max_quarantine_share,
    )
    if bands is not None:
        table["age_band"] = bands
    kept = table.iloc[list(images)].reset_index(drop=True)
    collection = _collect(data, kept, table_path, tuple(images.values()))
    provenance = collection.provenance.with_notes(*tidied_note(num_tidied))
    beside = tabular_texts(kept, data.tabular_columns)
    return replace(collection, problems=quarantine, provenance=provenance, beside=beside)


def _settled(
    table: pd.DataFrame, data: MedicalDataConfig, path: Path, problems: Mapping[int, Problem]
) -> pd.DataFrame:
    """One spelling for each class and patient: asked before any image is read."""
    columns = (data.label_column, data.entity_column)
    fields = {column: column for column in columns if column is not None}
    return settle_names(
        table, data, fields, where=str(path), without=problems, known=data.class_names
    )


def _read_images(
    data: MedicalDataConfig,
    table: pd.DataFrame,
    table_path: Path,
    find: ImageFinder,
    *,
    without: Container[int],
) -> dict[int, Image | Problem]:
    """Row -> its image or why there is none, for all rows of the table but those left out."""
    known = open_known_images(data)

    def read_row(row: int) -> Image | Problem:
        name = table[data.image_column].iloc[row]
        try:
            file, mask = find(name)
            return read_image(file, data, mask=mask, known=known)
        except UnreadableImageError as error:
            return Problem(str(table_path), f"image {name!r}: {error}", row + 1, data.image_column)

    rows = [row for row in range(len(table)) if row not in without]
    read = dict(zip(rows, map_in_threads(read_row, rows), strict=True))
    known.save()
    return read


def _set_nameless_aside(
    images: dict[int, Image], data: MedicalDataConfig, table_path: Path
) -> dict[int, Problem]:
    """Take the images without a patient away, where the headers of others name one."""
    if data.entity_column is not None or not names_patients(tuple(images.values()), data):
        return {}
    nameless = [row for row, image in images.items() if not image.has_patient]
    for row in nameless:
        del images[row]
    file = str(table_path)
    return {row: Problem(file, NO_PATIENT, row + 1, data.image_column) for row in nameless}


def _collect(
    data: MedicalDataConfig, table: pd.DataFrame, table_path: Path, images: tuple[Image, ...]
) -> Collection:
    masks = tuple(image.mask for image in images if image.mask is not None)
    digests = [image.digest for image in images]
    ids = shared_names(table[data.image_column])
    entities, notes = _entities(data, table, ids, images)
    contents = [digest(table.to_csv().encode()), *digests]
    provenance = file_provenance(
        data, table_path.parent.name, contents, notes, dicom_conditions(data)
    )
    splits = None
    if data.split == "given" and data.split_column:
        splits = shared_names(table[data.split_column])
    return Collection(
        ids=ids,
        entities=entities,
        labels=shared_names(table[data.label_column]),
        groups=_groups(data, table, images),
        splits=splits,
        digests=np.asarray(digests),
        rows=rows_from_files([image.file for image in images], data),
        ground_truth=MaskFiles(masks, data) if masks else None,
        provenance=provenance,
        sharpness=sharpness_of(images),
    )


def _entities(
    data: MedicalDataConfig,
    table: pd.DataFrame,
    ids: NDArray[np.str_],
    images: tuple[Image, ...],
) -> tuple[NDArray[np.str_], tuple[str, ...]]:
    """Whose each image is, and what the report says about the images."""
    notes: tuple[str, ...] = ()
    if data.entity_column is None:
        entities, notes = patient_entities(ids, images, data)
    else:
        entities = shared_names(table[data.entity_column])
    if data.estimate_skin_tone:
        notes = (*notes, *skin_tone_notes([image.skin_tone for image in images]))
    return entities, (*notes, *flatness_notes(images))


def _groups(
    data: MedicalDataConfig, table: pd.DataFrame, images: tuple[Image, ...]
) -> pd.DataFrame:
    columns = {column: table[column].map(group_value) for column in data.group_columns}
    groups = pd.DataFrame(columns, index=table.index)
    groups = pd.concat([groups, dicom_groups(images, data)], axis=1)
    if data.age_column is not None:
        groups["age_band"] = table["age_band"]
    if data.estimate_skin_tone:
        groups[SKIN_TONE_ATTRIBUTE] = [image.skin_tone for image in images]
    return groups


def _a_folder_of(root: Path) -> str:
    """The name of a folder that is there, else what such a folder is often called."""
    return next((path.name for path in sorted(root.iterdir()) if path.is_dir()), "images")


def _folder(root: Path, name: str, setting: str) -> Path:
    folder = root / name
    if not folder.is_dir():
        raise DataError(
            f"{folder}: there is no such folder. Name yours, relative to {root}, with"
            f" {set_option(setting, _a_folder_of(root))}"
        )
    return folder


def _check_columns(table: pd.DataFrame, data: MedicalDataConfig, path: Path) -> None:
    wanted: dict[str, Sequence[str]] = {"data.group_columns": data.group_columns}
    for setting in ("image_column", "label_column", "entity_column", "split_column", "age_column"):
        column = getattr(data, setting)
        if column is not None and (setting != "split_column" or data.split == "given"):
            wanted[f"data.{setting}"] = [column]
    require_columns(table, wanted, path=path)
    check_tabular_columns(table, data, path)
    require_unique(table, data.image_column, path=path)
    if data.split == "given" and data.split_column is None:
        raise DataError(f"{path}: data.split is 'given', so {advise_split_column(table)}")


def _check_splits(table: pd.DataFrame, data: MedicalDataConfig, path: Path) -> None:
    if data.split == "given" and data.split_column is not None:
        where = f"{path}, column {data.split_column!r}"
        split_by_column(table[data.split_column].to_numpy(dtype=object), where=where)
