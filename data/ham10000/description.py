"""What the columns of HAM10000 mean, and where its files lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.ham10000.card import card
from shared.loading.public.description import Description, Roles
from shared.loading.public.raw_files import missing_files, search

__all__ = ["DATASET", "MASK_SUFFIX", "METADATA_NAMES", "find_files"]

MASK_SUFFIX = "_segmentation"
"""A mask is named like its image's id plus this."""

METADATA_NAMES = (
    "HAM10000_metadata.csv",
    "HAM10000_metadata.tab",
    "HAM10000_metadata",
    "metadata.csv",
)
"""The table's names: as published, as Dataverse converts it, without suffix as older versions, and
plain."""

_LAYOUT = (
    "HAM10000_metadata.csv (or metadata.csv), the images {image_id}.jpg in any folders, and, if"
    " you have them, the masks {image_id}_segmentation.png"
)


def find_files(folders: Sequence[Path], config: str = "") -> tuple[Path, ...]:
    """The metadata, then all images and masks, sorted by path.

    Raises:
        DataError: The metadata or every image is missing.
    """
    tables = next((found for name in METADATA_NAMES if (found := search(folders, name))), ())
    images = search(folders, "*.jpg", "*.jpeg", "*.png")
    if not tables or not images:
        raise missing_files(folders, _LAYOUT)
    return (tables[0], *images)


DATASET = Description(
    name="ham10000",
    kind="images",
    roles=Roles(
        identifier="image_id",
        label="dx",
        content="image",
        mask="mask",
        entity="lesion_id",
        age="age",
        groups=("sex", "localization", "dx_type"),
    ),
    card=card,
    find_files=find_files,
    layout=_LAYOUT,
)
