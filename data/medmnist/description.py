"""What the columns of MedMNIST mean, and where its files lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.medmnist.card import CONFIGS, card, file_name
from shared.loading.public.description import Description, Roles
from shared.loading.public.raw_files import missing_files, search

__all__ = ["DATASET", "find_files"]


def find_files(folders: Sequence[Path], config: str = CONFIGS[0]) -> tuple[Path, ...]:
    """The config's file, by its published name or with the size in it.

    `pathmnist.npz` or `pathmnist_28.npz`.

    Raises:
        DataError: It is missing.
    """
    found = search(folders, file_name(config)) or search(folders, f"{config}.npz")
    if not found:
        raise missing_files(folders, file_name(config))
    return found[:1]


DATASET = Description(
    name="medmnist",
    kind="images",
    roles=Roles(identifier="id", label="label", content="image"),
    card=card,
    find_files=find_files,
    layout="the file of the set, for example pathmnist.npz (28 px) or pathmnist_64.npz",
    configs=CONFIGS,
)
