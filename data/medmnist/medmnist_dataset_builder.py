"""TFDS builder of the twelve 2-D sets of MedMNIST, in four sizes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds
from numpy.typing import NDArray
from PIL import Image

from data.medmnist.card import CONFIGS, address, file_name, split_config
from data.medmnist.description import DATASET
from data.medmnist.npz_stream import StreamedArray, open_array
from data.medmnist.sets import SETS, MedicalSet
from shared.errors import DataError
from shared.loading.public.builder import PublicDatasetBuilder

__all__ = ["Builder"]

_SPLITS = {"train": "train", "validation": "val", "test": "test"}


class Builder(PublicDatasetBuilder):
    """The official splits."""

    VERSION = tfds.core.Version("3.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"3.0.0": "MedMNIST 3, with the sizes of MedMNIST+."}
    BUILDER_CONFIGS: ClassVar[list[Any]] = [
        tfds.core.BuilderConfig(
            name=config,
            description=(
                f"{SETS[split_config(config)[0]].title}, {split_config(config)[1]} pixels square."
            ),
        )
        for config in CONFIGS
    ]
    DESCRIPTION = DATASET

    @property
    def _set(self) -> MedicalSet:
        return SETS[split_config(self.config_name)[0]]

    def _info(self) -> Any:
        labels = list(self._set.labels)
        several = tfds.features.Tensor(
            shape=(len(labels),), dtype=np.int64, doc=f"1 where it applies: {', '.join(labels)}."
        )
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "id": tfds.features.Text(doc="Part and place in it, from 0: train-000000."),
                    "image": tfds.features.Image(
                        shape=(None, None, self._set.num_channels), encoding_format="png"
                    ),
                    "label": (
                        several
                        if self._set.has_several_labels
                        else tfds.features.ClassLabel(names=labels)
                    ),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="https://medmnist.com/",
            disable_shuffling=True,
        )

    def downloads(self) -> Mapping[str, str]:
        """One file."""
        return {file_name(self.config_name): address(self.config_name)}

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        (path,) = self.raw_files(dl_manager)
        labels = {split: _read_labels(path, part, self._set) for split, part in _SPLITS.items()}
        for split, part in _SPLITS.items():
            with open_array(path, f"{part}_images") as images:
                _check_images(images, len(labels[split]), self._set)
        return {
            split: self._generate_examples(path, part, labels[split])
            for split, part in _SPLITS.items()
        }

    def _generate_examples(
        self, path: Path, part: str, labels: NDArray[np.int64]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        with open_array(path, f"{part}_images") as images:
            for key, (image, label) in enumerate(zip(images.rows(), labels, strict=True)):
                yield (
                    key,
                    {
                        "id": f"{part}-{key:06d}",
                        "image": io.BytesIO(_as_png(image)),
                        "label": label,
                    },
                )


def _read_labels(path: Path, part: str, facts: MedicalSet) -> NDArray[np.int64]:
    """(n,) class numbers, or (n, labels) of zeros and ones where an image may have several."""
    with open_array(path, f"{part}_labels") as array:
        labels = np.asarray([row.reshape(-1) for row in array.rows()], dtype=np.int64)
    columns = len(facts.labels) if facts.has_several_labels else 1
    greatest = 1 if facts.has_several_labels else len(facts.labels) - 1
    if (
        labels.ndim != 2
        or labels.shape[1] != columns
        or labels.min() < 0
        or labels.max() > greatest
    ):
        raise DataError(
            f"{path}, {part}_labels: expected {columns} numbers from 0 to {greatest} for each"
            f" image, received {array.shape}."
        )
    return labels if facts.has_several_labels else labels[:, 0]


def _check_images(images: StreamedArray, num_labels: int, facts: MedicalSet) -> None:
    channels = images.shape[3] if len(images.shape) == 4 else 1
    if (
        images.dtype != np.uint8
        or len(images.shape) not in (3, 4)
        or channels != facts.num_channels
        or images.shape[0] != num_labels
    ):
        raise DataError(
            f"{images.where}: expected {num_labels} images of {facts.num_channels} channels and 8"
            f" bits, received {images.dtype} of shape {images.shape}."
        )


def _as_png(image: NDArray[np.generic]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image.astype(np.uint8)).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()
