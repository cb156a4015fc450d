"""What the columns of ETT mean, and where its files lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.ett.card import CONFIGS, card
from shared.loading.public.description import Description, Roles
from shared.loading.public.raw_files import missing_files, search

__all__ = ["CHANNELS", "DATASET", "TIME", "find_files"]

TIME = "date"
CHANNELS = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
"""High, middle and low load, useful and useless, and the oil temperature."""


def find_files(folders: Sequence[Path], config: str = "ETTh1") -> tuple[Path, ...]:
    """The config's table.

    Raises:
        DataError: It is missing.
    """
    found = search(folders, f"{config}.csv")
    if not found:
        raise missing_files(folders, f"{config}.csv")
    return found[:1]


DATASET = Description(
    name="ett",
    kind="series",
    roles=Roles(identifier=TIME, time=TIME, values=CHANNELS),
    card=card,
    find_files=find_files,
    layout="the table of the config, for example ETTh1.csv",
    configs=CONFIGS,
)
