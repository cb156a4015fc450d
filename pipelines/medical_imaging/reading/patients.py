"""Who is in DICOM images, without saying who.

Salted pseudonyms as entities, and groups from harmless header fields.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.medical_imaging.config import DicomTag, MedicalDataConfig
from pipelines.medical_imaging.reading.collection import NO_ENTITY_NOTE
from pipelines.medical_imaging.reading.images import Image
from pipelines.medical_imaging.reading.table_values import age_bands
from shared.config.setting_text import set_option
from shared.contract import UNKNOWN
from shared.loading.name_columns import group_value
from shared.names import name_key, printable

__all__ = [
    "NO_PATIENT",
    "PATIENT_NOTE",
    "dicom_conditions",
    "dicom_groups",
    "names_patients",
    "patient_entities",
    "pseudonyms",
]

PATIENT_NOTE = (
    "Entities are the patients of the DICOM files: PatientID as a keyed hash (HMAC-SHA-256) whose"
    " key follows from the files' content and is not kept, so that nobody can try numbers until one"
    " fits."
)
NO_PATIENT = (
    "it names no patient (PatientID), while other images do, so that it might be of a patient in"
    " another split; give an entity column, or take each image for its own patient with"
    f" {set_option('data.dicom_entity', False)}"
)

_AGE = re.compile(r"(\d{3})([DWMY])")  # PS3.5, table 6.2-1: representation AS
_ATTRIBUTE = "age_band"
_OF_PEOPLE = frozenset({"PatientSex", "PatientAge"})


def names_patients(images: Sequence[Image], data: MedicalDataConfig) -> bool:
    """Whether entities are to be taken from DICOM headers.

    The configuration permits it, and a header names a patient.
    """
    return data.dicom_entity and any(image.has_patient for image in images)


def patient_entities(
    ids: NDArray[np.str_], images: Sequence[Image], data: MedicalDataConfig
) -> tuple[NDArray[np.str_], tuple[str, ...]]:
    """What may not straddle splits where neither a column nor a file name says it.

    With a sentence about it for the report.
    """
    if names_patients(images, data):
        return pseudonyms(images), (PATIENT_NOTE,)
    return ids, (NO_ENTITY_NOTE,)


def pseudonyms(images: Sequence[Image]) -> NDArray[np.str_]:
    """(n,) str: equal for images of one patient. A new set of files gives everybody a new name.

    The key is a hash over all files: whoever can compute it has the files, and with them the
    PatientIDs themselves.
    """
    key = hashlib.sha256(
        "\n".join(["patients", *(image.digest for image in images)]).encode()
    ).digest()
    patients = ["" if image.facts is None else name_key(image.facts.patient) for image in images]
    return np.asarray(
        [
            f"patient-{hmac.new(key, patient.encode(), hashlib.sha256).hexdigest()[:16]}"
            for patient in patients
        ]
    )


def dicom_groups(images: Sequence[Image], data: MedicalDataConfig) -> pd.DataFrame:
    """One row an image, one column for each of `data.dicom_groups`.

    `UNKNOWN` for other files and where a header says nothing.
    """
    values = {
        tag: ["" if image.facts is None else image.facts.values[tag] for image in images]
        for tag in data.dicom_groups
    }
    columns = {
        _snake_case(tag): [group_value(printable(value)) for value in given]
        for tag, given in values.items()
        if tag != "PatientAge"
    }
    if "PatientAge" in values:
        ages = pd.Series([_age_years(value) for value in values["PatientAge"]], dtype=str)
        columns[_ATTRIBUTE] = [
            band or UNKNOWN for band in age_bands(ages, data.age_band_edges_years)
        ]
    return pd.DataFrame(columns, index=range(len(images)))


def dicom_conditions(data: MedicalDataConfig) -> tuple[str, ...]:
    """The attributes of `dicom_groups` that tell how an image was taken and what it shows.

    The others tell of whom it was taken.
    """
    return tuple(_snake_case(tag) for tag in data.dicom_groups if tag not in _OF_PEOPLE)


def _snake_case(tag: DicomTag) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", tag).lower()


def _age_years(value: str) -> str:
    match = _AGE.fullmatch(value)
    if match is None:
        return ""
    return match[1] if match[2] == "Y" else "0" if match[2] != "M" else str(int(match[1]) // 12)
