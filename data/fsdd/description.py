"""What the columns of the Free Spoken Digit Dataset mean, and where its files lie."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from data.fsdd.card import card
from shared.loading.public.description import Description, Roles
from shared.loading.public.raw_files import missing_files, search

__all__ = ["DATASET", "FILE_NAME", "SPEAKERS", "find_files"]

FILE_NAME = re.compile(r"(?P<label>\d)_(?P<speaker>[a-z]+)_(?P<index>\d+)\.wav")
"""`{digit}_{speaker}_{index}.wav`."""

SPEAKERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "george": {"accent": "GRC/Greek", "sex": "male"},
        "jackson": {"accent": "USA/neutral", "sex": "male"},
        "lucas": {"accent": "DEU/German", "sex": "male"},
        "nicolas": {"accent": "BEL/French", "sex": "male"},
        "theo": {"accent": "USA/neutral", "sex": "male"},
        "yweweler": {"accent": "DEU/German", "sex": "male"},
    }
)
"""Accent and sex of each speaker, as in `metadata.py` of the release."""


def find_files(folders: Sequence[Path], config: str = "") -> tuple[Path, ...]:
    """The recordings, sorted by path.

    Raises:
        DataError: There are none.
    """
    files = tuple(file for file in search(folders, "*.wav") if FILE_NAME.fullmatch(file.name))
    if not files:
        raise missing_files(
            folders,
            "WAV files named {digit}_{speaker}_{index}.wav, as in the folder recordings/ of the"
            " release",
        )
    return files


DATASET = Description(
    name="fsdd",
    kind="recordings",
    roles=Roles(
        identifier="file",
        label="label",
        content="audio",
        entity="speaker",
        groups=("accent", "sex", "speaker"),
    ),
    card=card,
    find_files=find_files,
    layout=(
        "the release's folder recordings/ (or the WAV files themselves, named"
        " {digit}_{speaker}_{index}.wav)"
    ),
)
