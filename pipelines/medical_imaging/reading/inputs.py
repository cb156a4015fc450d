"""Unlabelled images to score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipelines.medical_imaging.config import MedicalConfig, MedicalDataConfig
from pipelines.medical_imaging.reading.files import (
    ImageIndex,
    find_images,
    map_in_threads,
    sort_files,
)
from pipelines.medical_imaging.reading.images import read_image, rows_from_files
from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from pipelines.medical_imaging.reading.table_values import as_text
from pipelines.medical_imaging.tabular.reading import plain_texts, tabular_texts
from shared.contract import Inputs
from shared.errors import DataError
from shared.loading.columns.checks import unreadable_numbers
from shared.loading.columns.number_marks import marks_of
from shared.loading.columns.values import rows_beside
from shared.loading.files.passed_over import passed_over_note
from shared.loading.files.tables import is_table, require_columns
from shared.loading.files.user_files import printable_name
from shared.loading.user_tables import read_user_table

__all__ = ["ListedImages", "list_inputs", "read_inputs", "values_missing_note"]


class ListedImages(NamedTuple):
    """What is to be scored.

    Attributes:
        ids: In order.
        paths: Id -> its file.
        problems: Id -> why it has none.
        warnings: What else is said.
        table: That lists them, a row for each; None without one.
    """

    ids: list[str]
    paths: dict[str, Path]
    problems: dict[str, str]
    warnings: tuple[str, ...] = ()
    table: pd.DataFrame | None = None


def read_inputs(config: MedicalConfig, path: Path) -> Inputs:
    """Find images to score.

    They are all below a folder, one file, or those that a table's `data.image_column` names.

    Args:
        config: Names the column and the largest image.
        path: A folder, an image file or a table; a table names files below its own folder.

    Raises:
        DataError: There is no such path, no image in the folder, or no such column.
    """
    found = list_inputs(config, path)
    ids = found.ids
    paths = found.paths
    problems = found.problems

    def why_not(item: Path) -> str | None:
        try:
            read_image(item, config.data)
        except UnreadableImageError as error:
            return str(error)
        return None

    there = [name for name in ids if name not in problems]
    reasons = map_in_threads(why_not, [paths[name] for name in there])
    problems |= {
        name: reason for name, reason in zip(there, reasons, strict=True) if reason is not None
    }
    # Indices count all inputs; those without a file have a problem and are never asked for.
    rows = rows_from_files([paths.get(name, path) for name in ids], config.data)
    inputs = Inputs(ids=np.asarray(ids), rows=rows, problems=problems, warnings=found.warnings)
    return _with_values(inputs, config.data, found.table)


def _with_values(inputs: Inputs, data: MedicalDataConfig, table: pd.DataFrame | None) -> Inputs:
    """The same images with the values that the table gives beside each."""
    columns = data.tabular_columns
    if not columns:
        return inputs
    texts = None if table is None else tabular_texts(as_text(table), columns)
    num_images = len(inputs.ids)
    if texts is None:
        nothing = pd.DataFrame("", index=range(num_images), columns=list(columns))
        note = values_missing_note(num_images, columns)
        rows = rows_beside(inputs.rows, nothing)
        return replace(inputs, rows=rows, warnings=(*inputs.warnings, note))
    numbers = data.tabular_numbers or ()
    unreadable = unreadable_numbers(texts, numbers, marks_of(data))
    reasons = {str(inputs.ids[row]): why for row, (_, why) in unreadable.items()}
    return replace(
        inputs,
        rows=rows_beside(inputs.rows, plain_texts(texts, numbers, data)),
        problems={**reasons, **inputs.problems},
    )


def values_missing_note(num_images: int, columns: Sequence[str]) -> str:
    """What is said of images that come without the values that the model reads beside them."""
    images = "1 image comes" if num_images == 1 else f"{num_images:,} images come"
    return (
        f"{images} without {', '.join(columns)}, which the model reads as not given. A table"
        " with these columns and the names of the images gives them."
    )


def list_inputs(config: MedicalConfig, path: Path) -> ListedImages:
    """Find the images of a folder, a file or a table.

    Raises:
        DataError: As `read_inputs`.
    """
    if path.is_dir():
        found = sort_files(path)
        paths = {printable_name(image.relative_to(path)): image for image in found.images}
        if not paths:
            raise DataError(
                f"{path}: there is no image file in this folder. JPEG, PNG, GIF, BMP, TIFF and"
                " DICOM can be read."
            )
        return ListedImages(
            list(paths), paths, {}, passed_over_note(path, found.others, what="images")
        )
    if not is_table(path):
        if not path.is_file():
            raise DataError(f"{path}: there is no such file or folder.")
        return ListedImages([path.name], {path.name: path}, {})
    return _listed_in_table(config.data, path)


def _listed_in_table(data: MedicalDataConfig, path: Path) -> ListedImages:
    table = read_user_table(path, data)
    wanted = {
        "data.image_column": [data.image_column],
        "data.tabular_columns": data.tabular_columns,
    }
    require_columns(table, wanted, path=path)
    ids = [str(name) for name in table[data.image_column]]
    index = ImageIndex.of(path.parent, find_images(path.parent))
    paths: dict[str, Path] = {}
    problems: dict[str, str] = {}
    for name in ids:
        try:
            paths[name] = index.find(name)
        except UnreadableImageError as error:
            problems[name] = str(error)
    return ListedImages(ids, paths, problems, table=table)
