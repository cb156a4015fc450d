"""TFDS builder of the Free Spoken Digit Dataset.

With the speaker, sex and accent that the public builder lacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds

from data.fsdd.card import ARCHIVE, DIGITS, RELEASE
from data.fsdd.description import DATASET, FILE_NAME, SPEAKERS
from shared.contract import UNKNOWN
from shared.loading.public.builder import PublicDatasetBuilder

__all__ = ["Builder"]

_HOMEPAGE = "https://github.com/Jakobovski/free-spoken-digit-dataset"
_TEST = range(5)
_VALIDATION = range(5, 10)


class Builder(PublicDatasetBuilder):
    """Recordings 0-4 of each speaker and digit are the official test, 5-9 our validation.

    The others are the training split.
    """

    VERSION = tfds.core.Version(RELEASE)
    RELEASE_NOTES: ClassVar[dict[str, str]] = {RELEASE: "With the speakers' sex and accent."}
    DESCRIPTION = DATASET

    def _info(self) -> Any:
        text = tfds.features.Text
        integer = tfds.features.Scalar
        sound = tfds.features.Tensor(
            shape=(), dtype=np.object_, doc="The WAV file as published: 8 kHz, mono, 16 bits."
        )
        features = {
            "file": text(doc="Name of the WAV file."),
            "audio": sound,
            "label": tfds.features.ClassLabel(names=list(DIGITS)),
            "speaker": text(),
            "sex": text(doc="Of the speaker, as in metadata.py of the release."),
            "accent": text(doc="Of the speaker, as in metadata.py of the release."),
            "index": integer(
                dtype=np.int64, doc="Which recording of this digit by this speaker, from 0."
            ),
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("audio", "label"),
            homepage=_HOMEPAGE,
            disable_shuffling=True,
        )

    def downloads(self) -> Mapping[str, str]:
        """The archive of the release."""
        return {ARCHIVE: f"{_HOMEPAGE}/archive/v{RELEASE}.zip"}

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        splits: dict[str, list[Path]] = {"train": [], "validation": [], "test": []}
        for file in self.raw_files(dl_manager):
            splits[_split_of(_fields(file)["index"])].append(file)
        return {split: self._generate_examples(files) for split, files in splits.items()}

    def _generate_examples(self, files: Sequence[Path]) -> Iterator[tuple[int, dict[str, Any]]]:
        for key, file in enumerate(files):
            yield key, {"file": file.name, "audio": file.read_bytes(), **_fields(file)}


def _split_of(index: int) -> str:
    if index in _TEST:
        return "test"
    return "validation" if index in _VALIDATION else "train"


def _fields(file: Path) -> dict[str, Any]:
    match = FILE_NAME.fullmatch(file.name)
    if match is None:
        raise ValueError(f"{file.name} is none of the names that find_files accepts")
    known = SPEAKERS.get(match["speaker"], {})
    return {
        "label": match["label"],
        "speaker": match["speaker"],
        "sex": known.get("sex", UNKNOWN),
        "accent": known.get("accent", UNKNOWN),
        "index": int(match["index"]),
    }
