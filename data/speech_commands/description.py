"""What the columns of Speech Commands mean, and where its files lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from data.speech_commands.card import WORDS, card
from shared.errors import DataError
from shared.loading.public.description import Description, Roles
from shared.loading.public.raw_files import missing_files, search

__all__ = ["DATASET", "FILE_NAME", "LISTS", "find_files"]

FILE_NAME = re.compile(r"(?P<speaker>[0-9a-f]{8})_nohash_(?P<index>\d+)\.wav")
"""`{speaker}_nohash_{index}.wav`, in a folder named after the word."""

LISTS = ("testing_list.txt", "validation_list.txt")

_LAYOUT = (
    "what speech_commands_v0.02.tar.gz unpacks to: a folder for each word, testing_list.txt and"
    " validation_list.txt"
)


def find_files(folders: Sequence[Path], config: str = "") -> tuple[Path, ...]:
    """The two lists, then the recordings, sorted by path.

    Raises:
        DataError: A list or every recording is missing, or a folder is none of the 35 words.
    """
    lists = [found for name in LISTS if (found := search(folders, name))]
    recordings = [file for file in search(folders, "*.wav") if FILE_NAME.fullmatch(file.name)]
    if len(lists) < len(LISTS) or not recordings:
        raise missing_files(folders, _LAYOUT)
    strange = next((file for file in recordings if file.parent.name not in WORDS), None)
    if strange is not None:
        raise DataError(
            f"{strange}: the folder must be one of the 35 words of version 0.02"
            f" ({', '.join(WORDS)})."
        )
    return (*(found[0] for found in lists), *recordings)


DATASET = Description(
    name="speech_commands",
    kind="recordings",
    roles=Roles(identifier="file", label="label", content="audio", entity="speaker"),
    card=card,
    find_files=find_files,
    layout=_LAYOUT,
)
