"""Unlabelled images to score."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.reading.files import (
    ImageIndex,
    find_images,
    map_in_threads,
    sort_files,
)
from pipelines.medical_imaging.reading.images import read_image, rows_from_files
from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from shared.contract import Inputs
from shared.errors import DataError
from shared.loading.files.passed_over import passed_over_note
from shared.loading.files.tables import is_table, read_table, require_columns
from shared.loading.files.user_files import printable_name

__all__ = ["read_inputs"]


def read_inputs(config: MedicalConfig, path: Path) -> Inputs:
    """Find images to score.

    They are all below a folder, one file, or those that a table's `data.image_column` names.

    Args:
        config: Names the column and the largest image.
        path: A folder, an image file or a table; a table names files below its own folder.

    Raises:
        DataError: There is no such path, no image in the folder, or no such column.
    """
    ids, paths, problems, warnings = _list_inputs(config, path)

    def why_not(item: Path) -> str | None:
        try:
            read_image(item, config.data)
        except UnreadableImageError as error:
            return str(error)
        return None

    found = [name for name in ids if name not in problems]
    reasons = map_in_threads(why_not, [paths[name] for name in found])
    problems |= {
        name: reason for name, reason in zip(found, reasons, strict=True) if reason is not None
    }
    # Indices count all inputs; those without a file have a problem and are never asked for.
    return Inputs(
        ids=np.asarray(ids),
        rows=rows_from_files([paths.get(name, path) for name in ids], config.data),
        problems=problems,
        warnings=warnings,
    )


def _list_inputs(
    config: MedicalConfig, path: Path
) -> tuple[list[str], dict[str, Path], dict[str, str], tuple[str, ...]]:
    """Ids in order, the file of each, the reason for each without one, and what else is said."""
    if path.is_dir():
        found = sort_files(path)
        paths = {printable_name(image.relative_to(path)): image for image in found.images}
        if not paths:
            raise DataError(
                f"{path}: there is no image file in this folder. JPEG, PNG, GIF, BMP, TIFF and"
                " DICOM can be read."
            )
        return list(paths), paths, {}, passed_over_note(path, found.others, what="images")
    if not is_table(path):
        if not path.is_file():
            raise DataError(f"{path}: there is no such file or folder.")
        return [path.name], {path.name: path}, {}, ()
    table = read_table(path, encoding=config.data.encoding, separator=config.data.separator)
    require_columns(table, [config.data.image_column], path=path, setting="data.image_column")
    ids = [str(name) for name in table[config.data.image_column]]
    index = ImageIndex.of(path.parent, find_images(path.parent))
    paths = {}
    problems = {}
    for name in ids:
        try:
            paths[name] = index.find(name)
        except UnreadableImageError as error:
            problems[name] = str(error)
    return ids, paths, problems, ()
