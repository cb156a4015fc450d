"""What the columns of SST-2 mean, and where its files lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.sst2.card import CONFIGS, card
from shared.loading.public.description import Description, Roles
from shared.loading.public.raw_files import missing_files, search

__all__ = ["DATASET", "FILES", "find_files"]

FILES = ("train.tsv", "dev.tsv", "test.tsv")

_LAYOUT = (
    "train.tsv and dev.tsv, and test.tsv if it is there: text<TAB>label, with a header line or"
    " without"
)


def find_files(folders: Sequence[Path], config: str = "sentences") -> tuple[Path, ...]:
    """The tables that there are, in the order train, dev, test.

    Raises:
        DataError: train.tsv is missing, or both others are.
    """
    found = tuple(files[0] for name in FILES if (files := search(folders, name)))
    if len(found) < 2 or found[0].name != "train.tsv":
        raise missing_files(folders, _LAYOUT)
    return found


DATASET = Description(
    name="sst2",
    kind="texts",
    roles=Roles(identifier="id", label="label", text="text"),
    card=card,
    find_files=find_files,
    layout=_LAYOUT,
    configs=CONFIGS,
)
