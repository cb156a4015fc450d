"""TFDS builder of HAM10000, with lesions, patients' sex and age, and the masks of the lesions."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import tensorflow_datasets as tfds

from data.ham10000.card import CLASS_NAMES, DOWNLOADS
from data.ham10000.description import DATASET, MASK_SUFFIX
from shared.errors import DataError
from shared.loading.public.builder import PublicDatasetBuilder

__all__ = ["Builder"]

_COLUMNS = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")


class Builder(PublicDatasetBuilder):
    """All images are one split: the paper divides nothing.

    Split them by lesion, because a lesion has up to six images.
    """

    VERSION = tfds.core.Version("4.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"4.0.0": "Dataverse version 4.0."}
    DESCRIPTION = DATASET

    def _info(self) -> Any:
        text = tfds.features.Text
        mask = tfds.features.Tensor(
            shape=(),
            dtype=np.object_,
            doc="PNG file: bright where the lesion is; empty where the copy has none.",
        )
        age = tfds.features.Scalar(
            dtype=np.float32, doc="Of the patient, in years; NaN where not known."
        )
        features = {
            "image_id": text(),
            "image": tfds.features.Image(doc="The JPEG file as published."),
            "mask": mask,
            "dx": tfds.features.ClassLabel(names=list(CLASS_NAMES), doc="Diagnosis."),
            "dx_type": text(
                doc="How the diagnosis was confirmed: histo, follow_up, consensus, confocal."
            ),
            "lesion_id": text(),
            "age": age,
            "sex": text(doc="Of the patient; 'unknown' where not known."),
            "localization": text(doc="Where on the body."),
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("image", "dx"),
            homepage="https://doi.org/10.7910/DVN/DBW86T",
            disable_shuffling=True,
        )

    def downloads(self) -> Mapping[str, str]:
        """Two archives of images, one of masks, and the table."""
        return DOWNLOADS

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        metadata, *files = self.raw_files(dl_manager)
        table = _read_metadata(metadata)
        return {"train": self._generate_examples(table, _by_stem(files))}

    def _generate_examples(
        self, table: pd.DataFrame, files: Mapping[str, Path]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        for key, values in enumerate(table.itertuples(index=False)):
            row = dict(zip(_COLUMNS, values, strict=True))
            name = row["image_id"]
            content = {
                "age": float(row["age"]) if row["age"] else np.nan,
                "image": io.BytesIO(_content(files, name)),
                "mask": _content(files, name + MASK_SUFFIX),
            }
            yield key, row | content


def _content(files: Mapping[str, Path], stem: str) -> bytes:
    """Empty where the file is missing: whoever reads the example says so, and counts it."""
    return files[stem].read_bytes() if stem in files else b""


def _by_stem(files: Sequence[Path]) -> dict[str, Path]:
    by_stem: dict[str, Path] = {}
    for file in files:
        first = by_stem.setdefault(file.stem, file)
        # Some mirrors hold each image twice, in folders that differ in case.
        if first != file and first.read_bytes() != file.read_bytes():
            raise DataError(
                f"{file}: another image than {first}, although both are called {file.stem}. Keep"
                " one of them."
            )
    return by_stem


def _read_metadata(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, sep=None, engine="python", dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path}: can't be read as a table with commas or tabs: {error}."
        ) from error
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise DataError(
            f"{path}: there is no column {missing[0]!r}. Columns:"
            f" {', '.join(map(str, table.columns))}."
        )
    for row, (label, age) in enumerate(zip(table["dx"], table["age"], strict=True), start=1):
        if label not in CLASS_NAMES:
            raise DataError(
                f"{path}, row {row}, column 'dx': expected one of {', '.join(CLASS_NAMES)};"
                f" received {label!r}."
            )
        if age and not age.replace(".", "", 1).isdigit():
            raise DataError(
                f"{path}, row {row}, column 'age': expected years or nothing; received {age!r}."
            )
    return table[list(_COLUMNS)]
