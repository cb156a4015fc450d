"""Who the images are of: patients with skin tone, sex and age, some photographed several times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["AGE_RANGE_YEARS", "SEXES", "SKIN_TONES", "Patients", "draw_patients"]

SKIN_TONES = ("light", "medium", "dark")
SEXES = ("female", "male")
AGE_RANGE_YEARS = (20, 89)
"""Youngest and oldest age, both inclusive."""

_IMAGES_PER_PATIENT = {1: 0.5, 2: 0.25, 3: 0.15, 4: 0.1}  # number of images -> share of patients


@dataclass(frozen=True)
class Patients:
    """One row per image.

    Attributes:
        patient_ids: (n,) str; a patient's images stand together.
        skin_tones: (n,) str of `SKIN_TONES`, a third of the patients each.
        sexes: (n,) str of `SEXES`.
        ages_years: (n,) int64 within `AGE_RANGE_YEARS`.
    """

    patient_ids: NDArray[np.str_]
    skin_tones: NDArray[np.str_]
    sexes: NDArray[np.str_]
    ages_years: NDArray[np.int64]


def draw_patients(num_images: int, generator: np.random.Generator) -> Patients:
    """Draw patients until they have `num_images` images.

    Skin tone, sex and age are independent of each other.
    """
    counts = generator.choice(
        list(_IMAGES_PER_PATIENT), size=num_images, p=list(_IMAGES_PER_PATIENT.values())
    )
    # Patient of each image; surplus patients stay unused.
    owners = np.repeat(np.arange(num_images), counts)[:num_images]
    # Cyclic, so that the tones are equally common: a gap between them then comes from the planted
    # bias, not from rarity.
    skin_tones = np.asarray(SKIN_TONES)[np.arange(num_images) % len(SKIN_TONES)]
    sexes = generator.choice(SEXES, size=num_images)
    ages_years = generator.integers(
        AGE_RANGE_YEARS[0], AGE_RANGE_YEARS[1], size=num_images, endpoint=True
    )
    return Patients(
        patient_ids=np.asarray([f"patient-{owner:05d}" for owner in owners]),
        skin_tones=skin_tones[owners],
        sexes=sexes[owners],
        ages_years=ages_years[owners],
    )
