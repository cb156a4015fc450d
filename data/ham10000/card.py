"""What is officially known about HAM10000."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.loading.public.card import Card, ClassCounts, Count, Figure, FileChecksum, Form

__all__ = ["CLASS_NAMES", "DOWNLOADS", "card"]

CLASS_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "akiec": "actinic keratosis",
        "bcc": "basal cell carcinoma",
        "bkl": "benign keratosis",
        "df": "dermatofibroma",
        "mel": "melanoma",
        "nv": "melanocytic nevus",
        "vasc": "vascular lesion",
    }
)
"""The column `dx` -> what it means (Tschandl et al. 2018, section "Diagnoses")."""

_FILE = "https://dataverse.harvard.edu/api/access/datafile"
DOWNLOADS: Mapping[str, str] = MappingProxyType(
    {
        "HAM10000_images_part_1.zip": f"{_FILE}/3172585",
        "HAM10000_images_part_2.zip": f"{_FILE}/3172584",
        # otherwise Dataverse converts it
        "HAM10000_metadata.csv": f"{_FILE}/4338392?format=original",
        "HAM10000_segmentations_lesion_tschandl.zip": f"{_FILE}/3838943",
    }
)
"""File name -> address at Harvard Dataverse."""

_PAPER = "Tschandl et al. 2018"
_DATAVERSE = "Harvard Dataverse, doi:10.7910/DVN/DBW86T, version 4.0"
_MD5 = {
    "HAM10000_images_part_1.zip": "4639bfa73ab251610530a97c898e6e46",
    "HAM10000_images_part_2.zip": "da43d6cc50f6613013be07e8986b384b",
    "HAM10000_metadata.csv": "8f85fb1aa29d80a2797247e434deb79d",
    "HAM10000_segmentations_lesion_tschandl.zip": "6e8d252e09cfdb0189199f15985a5b84",
}
_IMAGES = {"akiec": 327, "bcc": 514, "bkl": 1099, "df": 115, "mel": 1113, "nv": 6705, "vasc": 142}


_FIGURES: tuple[Figure, ...] = (
    Count(10_015, f"{_PAPER}, abstract"),
    Count(7470, f"{_DATAVERSE}, metadata", of="lesion_id", noun="lesions"),
    ClassCounts(_IMAGES, f"{_DATAVERSE}, metadata"),
    Form("600×450 px", f"{_PAPER}"),
    *(FileChecksum(name, md5, _DATAVERSE) for name, md5 in _MD5.items()),
)


def card(config: str = "") -> Card:
    """The official facts; `config` is "" (there is one form only)."""
    return Card(
        title="HAM10000",
        version="4.0",
        licence="CC-BY-NC-4.0",
        citation=(
            "Tschandl, Rosendahl & Kittler (2018): The HAM10000 dataset. Scientific Data 5, 180161."
            " doi:10.1038/sdata.2018.161"
        ),
        examples_are="images",
        figures=_FIGURES,
        class_names=CLASS_NAMES,
        conditions=("localization", "dx_type"),
    )
