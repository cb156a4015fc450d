"""TFDS builder of ETT: one example per time step, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import tensorflow_datasets as tfds

from data.ett.card import CONFIGS, address
from data.ett.description import CHANNELS, DATASET, TIME
from shared.errors import DataError
from shared.loading.files.tables import read_table
from shared.loading.public.builder import PublicDatasetBuilder

__all__ = ["Builder"]


class Builder(PublicDatasetBuilder):
    """All steps are one part, because windows of one part reach back into the one before.

    The card says where the protocol cuts.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First version."}
    BUILDER_CONFIGS: ClassVar[list[Any]] = [
        tfds.core.BuilderConfig(
            name=name,
            description=(
                f"Transformer {name[-1]}, {'hourly' if name[3] == 'h' else 'every 15 minutes'}."
            ),
        )
        for name in CONFIGS
    ]
    DESCRIPTION = DATASET

    def _info(self) -> Any:
        channels = {
            name: tfds.features.Scalar(dtype=np.float32, doc="NaN where not observed.")
            for name in CHANNELS
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {TIME: tfds.features.Text(doc="As in the file: 2016-07-01 00:00:00."), **channels}
            ),
            homepage="https://github.com/zhouhaoyi/ETDataset",
            disable_shuffling=True,
        )

    def downloads(self) -> Mapping[str, str]:
        """The table of the config."""
        return {f"{self.config_name}.csv": address(self.config_name)}

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        (path,) = self.raw_files(dl_manager)
        return {"train": self._generate_examples(_read(path))}

    def _generate_examples(self, table: pd.DataFrame) -> Iterator[tuple[int, dict[str, Any]]]:
        numbers = table[list(CHANNELS)].to_numpy(dtype=np.float32)
        for key, (date, row) in enumerate(zip(table[TIME], numbers, strict=True)):
            yield key, {TIME: date, **dict(zip(CHANNELS, row, strict=True))}


def _read(path: Path) -> pd.DataFrame:
    table = read_table(path)
    missing = [name for name in (TIME, *CHANNELS) if name not in table.columns]
    if missing:
        raise DataError(
            f"{path}: there is no column {missing[0]!r}. Columns:"
            f" {', '.join(map(str, table.columns))}."
        )
    for name in CHANNELS:
        numbers = pd.to_numeric(table[name].str.strip(), errors="coerce")
        wrong = (numbers.isna() & (table[name].str.strip() != "")).to_numpy()
        if wrong.any():
            row = int(wrong.argmax())
            raise DataError(
                f"{path}, row {row + 1}, column {name!r}: expected a number or nothing; received"
                f" {table[name].iloc[row]!r}."
            )
        table[name] = numbers
    return table
