"""TFDS builder of Speech Commands v0.02.

All 35 words as they are, with the speaker that the public builder lacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds

from data.speech_commands.card import ARCHIVE, WORDS
from data.speech_commands.description import DATASET, FILE_NAME, LISTS
from shared.errors import DataError
from shared.loading.public.builder import PublicDatasetBuilder

__all__ = ["Builder"]


class Builder(PublicDatasetBuilder):
    """The official splits: what neither list names is for training."""

    VERSION = tfds.core.Version("0.0.2")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"0.0.2": "Version 0.02 of the data."}
    DESCRIPTION = DATASET

    def _info(self) -> Any:
        text = tfds.features.Text
        sound = tfds.features.Tensor(
            shape=(), dtype=np.object_, doc="The WAV file as published: 16 kHz, mono, 16 bits."
        )
        index = tfds.features.Scalar(
            dtype=np.int64, doc="Which recording of this word by this speaker, from 0."
        )
        features = {
            "file": text(doc="Word and name of the WAV file: yes/0a7c2a8d_nohash_0.wav."),
            "audio": sound,
            "label": tfds.features.ClassLabel(names=list(WORDS)),
            "speaker": text(doc="Eight hexadecimal digits, a hash of who speaks."),
            "index": index,
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("audio", "label"),
            homepage="https://arxiv.org/abs/1804.03209",
            disable_shuffling=True,
        )

    def downloads(self) -> Mapping[str, str]:
        """One archive."""
        return {ARCHIVE: f"http://download.tensorflow.org/data/{ARCHIVE}"}

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        testing_list, validation_list, *recordings = self.raw_files(dl_manager)
        listed = {"test": _read_list(testing_list), "validation": _read_list(validation_list)}
        in_both = sorted(listed["test"] & listed["validation"])
        if in_both:
            raise DataError(
                f"{testing_list}: {in_both[0]!r} is also in {LISTS[1]}; a recording can be in one"
                " split only."
            )
        splits: dict[str, list[Path]] = {"train": [], "validation": [], "test": []}
        for file in recordings:
            name = f"{file.parent.name}/{file.name}"
            split = next((split for split, names in listed.items() if name in names), "train")
            splits[split].append(file)
        return {split: self._generate_examples(files) for split, files in splits.items()}

    def _generate_examples(self, files: Sequence[Path]) -> Iterator[tuple[int, dict[str, Any]]]:
        for key, file in enumerate(files):
            match = FILE_NAME.fullmatch(file.name)
            if match is None:
                raise ValueError(f"{file.name} is none of the names that find_files accepts")
            word = file.parent.name
            yield (
                key,
                {
                    "file": f"{word}/{file.name}",
                    "audio": file.read_bytes(),
                    "label": word,
                    "speaker": match["speaker"],
                    "index": int(match["index"]),
                },
            )


def _read_list(path: Path) -> set[str]:
    return {line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()}
