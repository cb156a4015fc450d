"""Where labelled images come from: the user's files, a public dataset, or bundled phantoms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.dermatoscopy_phantoms import (
    CLASS_NAMES,
    GENERATOR_VERSION,
    PhantomCollection,
    PhantomSettings,
)
from pipelines.medical_imaging.config import MedicalConfig, MedicalDataConfig
from pipelines.medical_imaging.reading.class_folders import load_class_folders
from pipelines.medical_imaging.reading.collection import Collection, split_collection
from pipelines.medical_imaging.reading.image_table import find_table, load_image_table
from pipelines.medical_imaging.reading.medmnist import load_medmnist
from pipelines.medical_imaging.reading.pixels import IMAGE_BYTES
from pipelines.medical_imaging.reading.public import adopt_settings, collect_public
from pipelines.medical_imaging.reading.table_values import age_bands
from pipelines.medical_imaging.tabular.reading import require_table
from shared.contract import Provenance, Splits
from shared.errors import DataError
from shared.loading.columns.values import rows_beside
from shared.loading.public.catalogue import is_public
from shared.loading.public.opening import open_public

__all__ = ["load", "synthesize"]


def load(config: MedicalConfig) -> Splits:
    """Read `data.source`.

    It is a folder with a table, a folder of class folders, a table, a MedMNIST `.npz` file, or a
    public dataset.

    Raises:
        DataError: The source is missing, or can't be read as configured.
    """
    if is_public(config.data.source):
        dataset = open_public(config.data, "images")
        data = adopt_settings(config.data, dataset)
        return split_collection(collect_public(data, dataset), data, seed=config.train.seed)
    source = Path(config.data.source).expanduser()
    if not source.exists():
        raise DataError(
            f"{source}: there is no such file or folder. Expected images: a folder, a table or a"
            " MedMNIST .npz file."
        )
    return split_collection(_collect(config.data, source), config.data, seed=config.train.seed)


def synthesize(config: MedicalConfig, n: int, seed: int) -> Splits:
    """Dermatoscopy-like phantoms; each is drawn when asked for.

    Args:
        config: Decides the size of the images and the planted bias.
        n: Number of images.
        seed: Equal seeds give equal bytes.

    Raises:
        DataError: `data.split` is 'given', but phantoms come without splits.
    """
    if config.data.split == "given":
        raise DataError(
            "The demo data has no splits of its own: leave data.split at 'entity', or give your own"
            " data with --data."
        )
    phantoms = PhantomCollection(_phantom_settings(config, n, seed))
    ids = np.asarray([f"phantom-{index:06d}" for index in range(n)])
    collection = Collection(
        ids=ids,
        entities=phantoms.patients.patient_ids,
        labels=np.asarray(CLASS_NAMES)[phantoms.classes],
        groups=_demo_groups(config, phantoms),
        splits=None,
        digests=ids,
        rows=lambda indices: _demo_rows(phantoms, indices),
        ground_truth=lambda index: phantoms.draw(index).ground_truth.astype(np.float32),
        provenance=_describe_demo(config, phantoms),
    )
    collection = _with_columns(collection, config, phantoms)
    # Names that a preset gives to the classes of other data don't apply to phantoms.
    data = config.data.model_copy(update={"class_names": {}})
    return split_collection(collection, data, seed=seed)


def _collect(data: MedicalDataConfig, source: Path) -> Collection:
    if source.suffix.lower() == ".npz":
        require_table(data, source)
        return load_medmnist(data, source)
    if source.is_file():
        return load_image_table(data, source, source.parent)
    table = find_table(source, data)
    if table is not None:
        return load_image_table(data, table, source)
    require_table(data, source)
    return load_class_folders(data, source)


def _phantom_settings(config: MedicalConfig, num_images: int, seed: int) -> PhantomSettings:
    return PhantomSettings(
        num_images=num_images,
        height_px=config.data.image_height_px,
        width_px=config.data.image_width_px,
        group_bias=config.data.demo_group_bias,
        seed=seed,
    )


def _demo_groups(config: MedicalConfig, phantoms: PhantomCollection) -> pd.DataFrame:
    patients = phantoms.patients
    bands = age_bands(pd.Series(patients.ages_years.astype(str)), config.data.age_band_edges_years)
    return pd.DataFrame(
        {"skin_tone": patients.skin_tones, "sex": patients.sexes, "age_band": bands}
    )


def _with_columns(
    collection: Collection, config: MedicalConfig, phantoms: PhantomCollection
) -> Collection:
    """The phantoms with age and sex of their patients; nothing is given of other columns.

    Beside other data than the demo, phantoms only show clients what a request is like: then nothing
    is given at all, and whether the columns say anything plays no role.
    """
    columns = config.data.tabular_columns
    if not columns:
        return collection
    patients = phantoms.patients
    nothing = pd.DataFrame("", index=range(len(patients.sexes)), columns=list(columns))
    if config.data.source != "demo":
        return replace(collection, rows=rows_beside(collection.rows, nothing))
    known = {"age": patients.ages_years.astype(str), "sex": patients.sexes}
    given = {name: values for name, values in known.items() if name in columns}
    return replace(collection, beside=nothing.assign(**given))


def _describe_demo(config: MedicalConfig, phantoms: PhantomCollection) -> Provenance:
    bias = config.data.demo_group_bias
    planted = (
        f"Planted bias {bias:g}: on dark skin, and slightly on medium skin, the deciding structure"
        " is harder to see."
        if bias
        else "No planted bias: the deciding structure is equally visible on every skin."
    )
    return Provenance(
        name="Dermatoscopy phantoms",
        source="demo",
        version=GENERATOR_VERSION,
        licence="Apache-2.0",
        citation="",
        checksum=phantoms.fingerprint(),
        synthetic=True,
        notes=(
            "Synthetic images, not patients: they say nothing about diagnostic quality.",
            planted,
            "Sex and age have no effect.",
        ),
    )


def _demo_rows(phantoms: PhantomCollection, indices: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    contents = np.empty(len(indices), dtype=object)
    contents[:] = [phantoms.draw(int(index)).png() for index in indices]
    return {IMAGE_BYTES: contents}
