"""Recordings of a public dataset as a listing, which is read like one of the user's own files."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from pipelines.speech.config import SpeechConfig
from pipelines.speech.reading.files import Listing
from shared.contract import UNKNOWN
from shared.loading.public.index import SPLIT
from shared.loading.public.opening import PublicDataset

__all__ = ["adopt_settings", "list_public"]


def adopt_settings(config: SpeechConfig, dataset: PublicDataset) -> SpeechConfig:
    """The settings with which the dataset's own columns are read.

    It knows its groups, and which file is whose, better than a preset.
    """
    adopted: dict[str, Any] = {
        "group_columns": dataset.description.roles.groups,
        "speaker_groups": {},
        "filename_pattern": None,
        "manifest": None,
    }
    return config.model_copy(update={"data": config.data.model_copy(update=adopted)})


def list_public(dataset: PublicDataset) -> Listing:
    """One row per recording, in the order in which a folder of the same files would be listed."""
    roles = dataset.description.roles
    table = dataset.table
    groups = {f"group:{name}": table[name].replace("", UNKNOWN) for name in roles.groups}
    columns = {
        "id": table[roles.identifier],
        "path": dataset.files(str(roles.content)),
        "row": 0,
        "label": table[roles.label],
        "speaker": table[roles.entity] if roles.entity is not None else UNKNOWN,
        "split": table[SPLIT],
        **groups,
    }
    listed = pd.DataFrame(columns)
    order = sorted(range(len(listed)), key=lambda row: PurePosixPath(listed["id"].iloc[row]))
    return Listing(listed.iloc[order].reset_index(drop=True), (), Path(dataset.provenance.source))
