"""The embedded demo data: phantoms of known class, cause and group bias."""

from __future__ import annotations

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
from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.reading.collection import Collection, split_collection
from pipelines.medical_imaging.reading.field_names import IMAGE_BYTES
from pipelines.medical_imaging.reading.group_values import age_bands
from shared.contract import Provenance, Splits
from shared.errors import DataError

__all__ = ["synthesize"]


def synthesize(cfg: MedicalConfig, n: int, seed: int) -> Splits:
    """Dermatoscopy-like phantoms; each is drawn when asked for.

    Args:
        cfg: Decides the size of the images and the planted bias.
        n: Number of images.
        seed: Equal seeds give equal bytes.

    Raises:
        DataError: `data.split` is 'given', but phantoms come without parts.
    """
    if cfg.data.split == "given":
        raise DataError(
            "The demo data has no parts of its own: leave data.split at 'entity', or give your own"
            " data with --data."
        )
    phantoms = PhantomCollection(
        PhantomSettings(
            num_images=n,
            height_px=cfg.data.image_height_px,
            width_px=cfg.data.image_width_px,
            group_bias=cfg.data.demo_group_bias,
            seed=seed,
        )
    )
    ids = np.asarray([f"phantom-{index:06d}" for index in range(n)])
    collection = Collection(
        ids=ids,
        entities=phantoms.patients.patient_ids,
        labels=np.asarray(CLASS_NAMES)[phantoms.classes],
        groups=_groups(cfg, phantoms),
        parts=None,
        digests=ids,
        rows=lambda indices: _rows(phantoms, indices),
        ground_truth=lambda index: phantoms.draw(index).ground_truth.astype(np.float32),
        provenance=_provenance(cfg, phantoms),
    )
    # Names that a preset gives to the classes of other data don't apply to phantoms.
    return split_collection(collection, cfg.data.model_copy(update={"class_names": {}}), seed=seed)


def _groups(cfg: MedicalConfig, phantoms: PhantomCollection) -> pd.DataFrame:
    patients = phantoms.patients
    bands = age_bands(pd.Series(patients.ages_years.astype(str)), cfg.data.age_band_edges_years)
    return pd.DataFrame(
        {"skin_tone": patients.skin_tones, "sex": patients.sexes, "age_band": bands}
    )


def _provenance(cfg: MedicalConfig, phantoms: PhantomCollection) -> Provenance:
    bias = cfg.data.demo_group_bias
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


def _rows(phantoms: PhantomCollection, indices: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    contents = np.empty(len(indices), dtype=object)
    contents[:] = [phantoms.draw(int(index)).png() for index in indices]
    return {IMAGE_BYTES: contents}
