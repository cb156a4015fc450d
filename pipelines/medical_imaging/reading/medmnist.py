"""MedMNIST files (Yang et al. 2023): one `.npz` with images and labels of the official splits."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.lib.format as npy
import pandas as pd
from numpy.typing import NDArray

from pipelines.medical_imaging.config import MedicalDataConfig
from pipelines.medical_imaging.reading.collection import NO_ENTITY_NOTE, Collection, file_provenance
from pipelines.medical_imaging.reading.files import digest
from pipelines.medical_imaging.reading.pixels import IMAGE_BYTES
from pipelines.medical_imaging.reading.wire import encode_png
from shared.config.setting_text import set_option
from shared.contract import Rows
from shared.errors import DataError
from shared.loading.files.user_files import DECODER_ERRORS, why_not_regular

__all__ = ["load_medmnist"]

_SPLITS = ("train", "val", "test")
_MIB = 1 << 20


def load_medmnist(data: MedicalDataConfig, path: Path) -> Collection:
    """Read a 2-D, one-label MedMNIST file.

    Its official splits are kept and each image is its own entity.

    Raises:
        DataError: The file is damaged, too large, lacks an array, or is of another kind (3-D,
            several labels).
    """
    arrays = _read_arrays(path, limit_bytes=data.npz_limit_mib * _MIB)
    images: list[NDArray[Any]] = []
    labels = []
    ids: list[str] = []
    sizes = []
    for split in _SPLITS:
        of_split = _images(arrays[f"{split}_images"], f"{path}, {split}_images")
        size = len(of_split)
        labels.append(_labels(arrays[f"{split}_labels"], size, f"{path}, {split}_labels"))
        images.extend(of_split)
        ids.extend(f"{split}-{index:06d}" for index in range(size))
        sizes.append(size)
    labels_text = np.concatenate(labels).astype(np.str_)
    digests = [digest(image.tobytes()) for image in images]
    notes = ("The splits of the file are kept.", NO_ENTITY_NOTE)
    provenance = file_provenance(data, path.stem, [*labels_text.tolist(), *digests], notes)
    return Collection(
        ids=np.asarray(ids),
        entities=np.asarray(ids),
        labels=labels_text,
        groups=pd.DataFrame(index=range(len(ids))),
        splits=np.repeat(_SPLITS, sizes),
        digests=np.asarray(digests),
        rows=lambda indices: _encode([images[index] for index in indices]),
        ground_truth=None,
        provenance=provenance,
    )


def _read_arrays(path: Path, *, limit_bytes: int) -> dict[str, NDArray[Any]]:
    reason = why_not_regular(path)
    if reason is not None:
        raise DataError(f"{path}: {reason}.")
    names = [f"{split}_{kind}" for split in _SPLITS for kind in ("images", "labels")]
    try:
        with zipfile.ZipFile(path) as archive:
            members = {item.filename.removesuffix(".npy"): item for item in archive.infolist()}
            _check_names_and_sizes(
                path, names, {name: item.file_size for name, item in members.items()}, limit_bytes
            )
            return {name: _read_array(archive, members[name]) for name in names}
    except DataError:
        raise
    except DECODER_ERRORS as error:
        raise DataError(
            f"{path}: not a readable .npz file of plain arrays ({error}). Download it again."
        ) from error


def _read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """One array, read without unpickling, once its header promises no more than the archive holds.

    NumPy would believe it.
    """
    with archive.open(member) as stream:
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[
            npy.read_magic(stream)
        ]
        shape, _, dtype = read_header(stream)
        if dtype.hasobject:
            raise ValueError(
                "Object arrays cannot be loaded, since that would run code from the file"
            )
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > member.file_size:
            raise ValueError(
                f"the array {member.filename} is said to be of shape {shape}, which the file does"
                " not hold"
            )
    with archive.open(member) as stream:
        array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
    return array


def _check_names_and_sizes(
    path: Path, names: list[str], sizes: dict[str, int], limit_bytes: int
) -> None:
    missing = [name for name in names if name not in sizes]
    if missing:
        raise DataError(
            f"{path}: there is no array {missing[0]!r}. Arrays: {', '.join(sizes)}. Is this a"
            " MedMNIST file?"
        )
    total = sum(sizes[name] for name in names)
    if total > limit_bytes:
        raise DataError(
            f"{path}: unpacks to {total / _MIB:,.0f} MiB, more than the permitted"
            f" {limit_bytes / _MIB:,.0f}. Take a smaller size of the dataset, or permit it with"
            f" {set_option('data.npz_limit_mib', math.ceil(total / _MIB))}"
        )


def _images(image_arrays: NDArray[Any], where: str) -> NDArray[np.uint8]:
    """(n, height, width) or (n, height, width, 3), uint8."""
    if image_arrays.dtype != np.uint8 or not (
        image_arrays.ndim == 3 or (image_arrays.ndim == 4 and image_arrays.shape[-1] == 3)
    ):
        raise DataError(
            f"{where}: expected uint8 images of shape (n, height, width) or (n, height, width,"
            f" 3), received {image_arrays.dtype} {image_arrays.shape}. The 3-D sets of MedMNIST"
            " are not"
            " images."
        )
    return image_arrays


def _labels(labels: NDArray[Any], num_images: int, where: str) -> NDArray[np.int64]:
    if labels.dtype.kind not in "iu" or labels.reshape(len(labels), -1).shape != (num_images, 1):
        raise DataError(
            f"{where}: expected one whole number for each of {num_images} images, received"
            f" {labels.dtype} {labels.shape}. Sets with several labels per image (ChestMNIST) are"
            " not supported."
        )
    return labels.reshape(-1).astype(np.int64)


def _encode(images: list[NDArray[np.uint8]]) -> Rows:
    contents = np.empty(len(images), dtype=object)
    contents[:] = [encode_png(image) for image in images]
    return {IMAGE_BYTES: contents}
