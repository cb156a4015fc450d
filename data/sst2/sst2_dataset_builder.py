"""TFDS builder of SST-2, as whole sentences or as GLUE has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import tensorflow_datasets as tfds

from data.sst2.card import CLASS_NAMES, CONFIGS, DOWNLOADS
from data.sst2.description import DATASET
from shared.errors import DataError
from shared.loading.files.tables import read_table
from shared.loading.public.builder import PublicDatasetBuilder

__all__ = ["Builder"]

_SPLITS = {"train.tsv": "train", "dev.tsv": "validation", "test.tsv": "test"}
_DESCRIPTIONS = {
    "sentences": "Whole sentences.",
    "glue": "As GLUE has it: the training split holds phrases too, the test has no labels.",
}
_NO_LABEL = -1


class Builder(PublicDatasetBuilder):
    """The official splits; dev is `validation`."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First version."}
    BUILDER_CONFIGS: ClassVar[list[Any]] = [
        tfds.core.BuilderConfig(name=name, description=_DESCRIPTIONS[name]) for name in CONFIGS
    ]
    DESCRIPTION = DATASET

    def _info(self) -> Any:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "id": tfds.features.Text(doc="File and row, from 1: train-1."),
                    "text": tfds.features.Text(),
                    "label": tfds.features.ClassLabel(names=list(CLASS_NAMES.values())),
                }
            ),
            supervised_keys=("text", "label"),
            homepage="https://nlp.stanford.edu/sentiment/",
            disable_shuffling=True,
        )

    def downloads(self) -> Mapping[str, str]:
        """Three tables, or GLUE's archive."""
        return DOWNLOADS[self.config_name]

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        tables = {path: _read(path) for path in self.raw_files(dl_manager)}
        return {
            _SPLITS[path.name]: self._generate_examples(table, path.stem)
            for path, table in tables.items()
            if table is not None
        }

    def _generate_examples(
        self, table: pd.DataFrame, stem: str
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        labels = list(CLASS_NAMES)
        for key, (text, label) in enumerate(zip(table["text"], table["label"], strict=True)):
            yield (
                key,
                {
                    "id": f"{stem}-{key + 1}",
                    "text": text,
                    "label": labels.index(label) if label else _NO_LABEL,
                },
            )


def _read(path: Path) -> pd.DataFrame | None:
    """Text and label of each row; None for GLUE's test, which gives no labels."""
    table = read_table(path, columns=("text", "label"))
    header = tuple(table.iloc[0])
    if header == ("index", "sentence"):
        return None
    table = table.iloc[1:] if header == ("sentence", "label") else table
    table = table.assign(label=table["label"].str.strip())
    wrong = ~table["label"].isin(["", *CLASS_NAMES]).to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"{path}, row {row + 1}: the label must be 0 (negative) or 1 (positive); received"
            f" {table['label'].iloc[row]!r}."
        )
    return table
