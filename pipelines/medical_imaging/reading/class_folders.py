"""Images sorted into one folder per class, perhaps inside train, val and test folders."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.medical_imaging.config import MedicalDataConfig
from pipelines.medical_imaging.reading.collection import Collection, file_provenance
from pipelines.medical_imaging.reading.files import map_in_threads, sort_files
from pipelines.medical_imaging.reading.images import (
    Image,
    flatness_notes,
    open_known_images,
    read_image,
    rows_from_files,
    sharpness_of,
)
from pipelines.medical_imaging.reading.patients import (
    NO_PATIENT,
    dicom_conditions,
    dicom_groups,
    names_patients,
    patient_entities,
)
from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from shared.config.setting_text import set_option
from shared.contract import Problem
from shared.errors import DataError
from shared.loading.files.passed_over import passed_over_note
from shared.loading.files.tables import TABLE_SUFFIXES
from shared.loading.files.user_files import is_leftover, printable_name
from shared.loading.other_formats import ways_out_of
from shared.loading.spellings import settle_entities, settle_labels
from shared.loading.splits.quarantine import enforce_quarantine
from shared.names import name_key, printable

__all__ = ["load_class_folders"]

_SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class _Listed:
    """An image and what its folders say; the split is empty where they say none."""

    path: Path
    label: str
    split: str


def load_class_folders(data: MedicalDataConfig, root: Path) -> Collection:
    """Read `<class>/…` or, with data.split=given, `<split>/<class>/…`.

    Every image is decoded once.

    Args:
        data: Decides whether there are splits, and how entities are read from file names.
        root: The folder.

    Raises:
        DataError: There are no such folders, or more images are bad than permitted.
    """
    folders = _class_folders(root, given=data.split == "given")
    listed, notes = _list_images(root, folders)
    if not listed:
        raise DataError(
            f"{root}: there is no image file in its class folders. JPEG, PNG, GIF, BMP, TIFF and"
            " DICOM can be read."
        )

    known = open_known_images(data)

    def read(item: _Listed) -> Image | Problem:
        try:
            return read_image(item.path, data, known=known)
        except UnreadableImageError as error:
            return Problem(printable_name(item.path), str(error))

    outcomes = _require_patients(listed, map_in_threads(read, listed), data)
    known.save()
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    quarantine = enforce_quarantine(
        problems, num_inputs=len(listed), max_share=data.max_quarantine_share
    )
    kept = _readable(listed, outcomes)
    images = [outcome for outcome in outcomes if isinstance(outcome, Image)]
    collection = _collect(data, root, kept, images)
    provenance = replace(collection.provenance, warnings=notes)
    return replace(collection, problems=quarantine, provenance=provenance)


def _list_images(
    root: Path, folders: list[tuple[str, Path]]
) -> tuple[list[_Listed], tuple[str, ...]]:
    """All images, and what is to be said of folders without any and of other files."""
    listed: list[_Listed] = []
    empty: list[Path] = []
    others: list[Path] = []
    for split, folder in folders:
        found = sort_files(folder)
        label = printable(name_key(folder.name))
        listed += [_Listed(path, label, split) for path in found.images]
        others += found.others
        empty += [] if found.images else [folder.relative_to(root)]
    notes = tuple(map(_empty_folder_note, empty))
    return listed, (*notes, *passed_over_note(root, others, what="images"))


def _empty_folder_note(folder: Path) -> str:
    return f"The folder {printable_name(folder)!r} holds no image, so it adds nothing to a class."


def _require_patients(
    listed: list[_Listed], outcomes: list[Image | Problem], data: MedicalDataConfig
) -> list[Image | Problem]:
    """Set the images without a patient aside, where some headers name one and file names none."""
    images = [outcome for outcome in outcomes if isinstance(outcome, Image)]
    if data.entity_pattern is not None or not names_patients(images, data):
        return outcomes
    return [
        (
            Problem(printable_name(item.path), NO_PATIENT)
            if isinstance(outcome, Image) and not outcome.has_patient
            else outcome
        )
        for item, outcome in zip(listed, outcomes, strict=True)
    ]


def _readable(listed: list[_Listed], outcomes: list[Image | Problem]) -> list[_Listed]:
    pairs = zip(listed, outcomes, strict=True)
    return [item for item, outcome in pairs if isinstance(outcome, Image)]


def _collect(
    data: MedicalDataConfig, root: Path, kept: list[_Listed], images: list[Image]
) -> Collection:
    paths = [item.path for item in kept]
    ids = np.asarray([printable_name(path.relative_to(root)) for path in paths])
    digests = [image.digest for image in images]
    notes: tuple[str, ...] = ()
    if data.entity_pattern is None:
        entities, notes = patient_entities(ids, images, data)
    else:
        entities = _entities(paths, data)
    contents = [*ids.tolist(), *digests]
    notes = (*notes, *flatness_notes(images))
    provenance = file_provenance(data, root.name, contents, notes, dicom_conditions(data))
    splits = None
    if data.split == "given":
        splits = np.asarray([item.split for item in kept])
    return Collection(
        ids=ids,
        entities=entities,
        labels=_labels(kept, data, root),
        groups=dicom_groups(images, data),
        splits=splits,
        digests=np.asarray(digests),
        rows=rows_from_files(paths, data),
        ground_truth=None,
        provenance=provenance,
        sharpness=sharpness_of(images),
    )


def _labels(kept: list[_Listed], data: MedicalDataConfig, root: Path) -> NDArray[np.str_]:
    names = [item.label for item in kept]
    spelling_of = settle_labels(names, data, where=f"{root}, folders", known=data.class_names)
    return np.asarray([spelling_of[name] for name in names])


def _class_folders(root: Path, *, given: bool) -> list[tuple[str, Path]]:
    """(split, class folder) pairs; the split is empty where the source gives none."""
    folders = _folders(root)
    names = [folder.name for folder in folders]
    if given:
        if set(names) != set(_SPLITS):
            found = ", ".join(names) or "none"
            raise DataError(
                f"{root}: data.split is 'given', so the folders train, val and test are expected;"
                f" found {found}. To let the split be made, use"
                f" {set_option('data.split', 'entity')}"
            )
        return [(split, folder) for split in _SPLITS for folder in _folders(root / split)]
    if names and set(names) <= set(_SPLITS):
        raise DataError(
            f"{root}: it holds the splits {', '.join(names)}. Keep them with"
            f" {set_option('data.split', 'given')}",
            settings={"data.split": "given"},
        )
    if not folders:
        raise DataError(
            f"{root}: neither a table ({', '.join(TABLE_SUFFIXES)}) nor class folders. Expected a"
            " table beside the images, or one folder of images per class, or a MedMNIST .npz"
            f" file.{ways_out_of(root)}"
        )
    return [("", folder) for folder in folders]


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and not is_leftover(path.name))


def _entities(paths: list[Path], data: MedicalDataConfig) -> NDArray[np.str_]:
    pattern = data.entity_pattern or ""
    compiled = re.compile(pattern)
    entities = []
    for path in paths:
        match = compiled.search(path.name)
        if match is None or not match.group(1):
            raise DataError(
                f"{path}: data.entity_pattern {pattern!r} does not fit the file name, so its entity"
                " is unknown."
            )
        entities.append(printable(name_key(match.group(1))))
    spelling_of = settle_entities(entities, data, where=f"file names, {pattern!r}")
    return np.asarray([spelling_of[entity] for entity in entities])
