"""Labelled images of any source before they are split, and how they are split."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.medical_imaging.config import MedicalDataConfig
from pipelines.medical_imaging.reading.measurements.sharpness import (
    SHARPNESS_ATTRIBUTE,
    SHARPNESS_NOTE,
    sharpness_bands,
)
from pipelines.medical_imaging.tabular.reading import settle_columns
from shared.config.setting_text import set_option
from shared.contract import Examples, Problem, Provenance, Rows, Splits
from shared.errors import DataError
from shared.loading.columns.values import TABULAR, rows_beside
from shared.loading.splits.quarantine import enforce_quarantine
from shared.loading.splits.splitting import SplitIndices, split_by_column, split_by_entity
from shared.targets import Categories

__all__ = ["NO_ENTITY_NOTE", "Collection", "file_provenance", "split_collection"]

NO_ENTITY_NOTE = (
    "The source names no patient or lesion, so each image counts as its own entity: "
    "if one patient has several images, results are too good."
)


@dataclass(frozen=True)
class Collection:
    """One row per usable image.

    Attributes:
        ids: (n,) str, unique.
        entities: (n,) str.
        labels: (n,) str as they stand in the source.
        groups: n rows × one column per attribute.
        splits: (n,) str of train, val and test, where the source says so.
        digests: (n,) str: equal where two images are equal.
        rows: Indices -> wire batch.
        ground_truth: Index -> (height, width) float32, where the source has masks.
        provenance: Where all this comes from.
        problems: What had to be left out.
        ordered: Whether labels are grades, which sort from lowest to highest.
        sharpness: (n,) float64 as `sharpness.laplacian_variance` tells it, where it was asked for.
        beside: n rows × one column per `data.tabular_columns`, text; None where there are none.
    """

    ids: NDArray[np.str_]
    entities: NDArray[np.str_]
    labels: NDArray[np.str_]
    groups: pd.DataFrame
    splits: NDArray[np.str_] | None
    digests: NDArray[np.str_]
    rows: Callable[[NDArray[np.int64]], Rows]
    ground_truth: Callable[[int], NDArray[np.float32]] | None
    provenance: Provenance
    problems: tuple[Problem, ...] = ()
    ordered: bool = False
    sharpness: NDArray[np.float64] | None = None
    beside: pd.DataFrame | None = None


def file_provenance(
    data: MedicalDataConfig,
    name: str,
    contents: Sequence[str],
    notes: tuple[str, ...],
    conditions: tuple[str, ...] = (),
) -> Provenance:
    """Provenance of the user's files.

    Args:
        data: What the configuration says about them.
        name: Name of the dataset if the configuration gives none.
        contents: What decides the checksum: names and digests, in order.
        notes: Sentences for the report.
        conditions: As in `Provenance`.
    """
    return Provenance(
        name=data.dataset_name or name,
        source=data.source,
        version=data.dataset_version,
        licence=data.licence,
        citation=data.citation,
        checksum=hashlib.sha256("\n".join(contents).encode()).hexdigest(),
        synthetic=False,
        conditions=conditions,
        notes=notes,
    )


def split_collection(collection: Collection, data: MedicalDataConfig, *, seed: int) -> Splits:
    """Name the classes and divide: by the source's own splits where it has them, else by entity.

    Raises:
        DataError: A label is not listed in `data.class_names`, there is one class only, or the
            splits can't be made, or a column of `data.tabular_columns` is of no use.
    """
    target, targets = _classes(collection, data.class_names)
    indices = _indices(collection, data, targets, seed)
    collection, indices, reading = _with_columns(collection, indices, data)
    collection = _with_sharpness(collection, indices.train)
    everything = Examples(
        collection.ids,
        collection.entities,
        targets,
        collection.groups,
        collection.rows,
        collection.ground_truth,
    )
    notes = (*collection.provenance.notes, *_repetitions(collection.digests, indices))
    return Splits(
        train=everything.take(indices.train),
        val=everything.take(indices.val),
        test=everything.take(indices.test),
        target=target,
        provenance=replace(collection.provenance, notes=notes),
        quarantine=collection.problems,
        content="image",
        columns={TABULAR: data.tabular_columns} if data.tabular_columns else {},
        reading=reading,
    )


def _with_columns(
    collection: Collection, indices: SplitIndices, data: MedicalDataConfig
) -> tuple[Collection, SplitIndices, dict[str, Any]]:
    """The images with the values beside them, and which columns are numbers.

    Images whose number can't be read are set aside.
    """
    if collection.beside is None:
        return collection, indices, {}
    settled = settle_columns(
        collection.beside,
        data,
        indices.train,
        ids=collection.ids,
        labels=collection.labels,
        entities=collection.entities,
    )
    quarantine = enforce_quarantine(
        [*collection.problems, *settled.problems.values()],
        num_inputs=len(collection.ids) + len(collection.problems),
        max_share=data.max_quarantine_share,
    )
    collection = replace(
        collection,
        rows=rows_beside(collection.rows, settled.texts),
        provenance=collection.provenance.with_notes(*settled.notes),
        problems=quarantine,
    )
    unusable = list(settled.problems)
    kept = SplitIndices(*(chosen[~np.isin(chosen, unusable)] for chosen in indices))
    return collection, kept, {"tabular_numbers": list(settled.numbers)}


def _with_sharpness(collection: Collection, training: NDArray[np.int64]) -> Collection:
    """The same images, with their band of sharpness as a condition, where it was asked for."""
    if collection.sharpness is None:
        return collection
    provenance = replace(
        collection.provenance,
        conditions=(*collection.provenance.conditions, SHARPNESS_ATTRIBUTE),
        notes=(*collection.provenance.notes, SHARPNESS_NOTE),
    )
    bands = sharpness_bands(collection.sharpness, training)
    return replace(
        collection,
        groups=collection.groups.assign(**{SHARPNESS_ATTRIBUTE: bands}),
        provenance=provenance,
    )


def _classes(
    collection: Collection, class_names: dict[str, str]
) -> tuple[Categories, NDArray[np.int64]]:
    labels = sorted(np.unique(collection.labels).tolist(), key=str.lower)
    unlisted = [label for label in labels if label not in class_names]
    if class_names and unlisted:
        position = int(np.flatnonzero(collection.labels == unlisted[0])[0])
        raise DataError(
            f"Id {str(collection.ids[position])!r}: the label {unlisted[0]!r} is not listed in"
            f" data.class_names ({', '.join(class_names)}). Correct it in the data, or list it with"
            f" {set_option('data.class_names', {unlisted[0]: unlisted[0]})}"
        )
    if all(label.isdigit() for label in labels):
        labels.sort(key=int)
    # Several labels may share one name: their classes are merged.
    names = tuple(dict.fromkeys(class_names.get(label, label) for label in labels))
    if len(names) < 2:
        raise DataError(
            f"All {len(collection.labels)} images have the label {names[0]!r}; at least two"
            " classes are needed to tell them apart."
        )
    position_of = {label: names.index(class_names.get(label, label)) for label in labels}
    targets = np.asarray([position_of[label] for label in collection.labels], dtype=np.int64)
    return Categories(names=names, ordered=collection.ordered), targets


def _indices(
    collection: Collection, data: MedicalDataConfig, targets: NDArray[np.int64], seed: int
) -> SplitIndices:
    if collection.splits is not None:
        return split_by_column(collection.splits, where=f"{collection.provenance.source}, split")
    return split_by_entity(
        collection.entities,
        targets,
        validation_share=data.validation_share,
        test_share=data.test_share,
        seed=seed,
    )


def _repetitions(digests: NDArray[np.str_], indices: SplitIndices) -> tuple[str, ...]:
    """A sentence for each split that repeats images of the training split."""
    train = digests[indices.train]
    counts = {
        split: int(np.isin(digests[chosen], train).sum())
        for split, chosen in (("val", indices.val), ("test", indices.test))
    }
    return tuple(
        f"{count} images of the split {split!r} are exact copies of training images: its result"
        " is a little too good."
        for split, count in counts.items()
        if count
    )
