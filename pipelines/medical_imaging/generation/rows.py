"""What is added to the training split: made images as files, one class after the other."""

from __future__ import annotations

import io
import random
from typing import Any, assert_never

import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.generation.diffusion import sample_diffusion
from pipelines.medical_imaging.generation.gan import sample_gan
from pipelines.medical_imaging.generation.small_images import SmallImages, decode_small
from pipelines.medical_imaging.models.floor import ImageStatistics
from pipelines.medical_imaging.reading.pixels import IMAGE_BYTES
from shared.config.setting_text import set_option
from shared.contract import UNKNOWN, Examples, GeneratedRows, Rows
from shared.errors import DataError
from shared.targets import Categories, Target

__all__ = ["generate_rows"]


def generate_rows(config: MedicalConfig, train: Examples, target: Target) -> GeneratedRows | None:
    """Images of classes with fewer than `train.synthesize_up_to`; None without `train.synthesize`.

    Raises:
        DataError: No class is that rare.
    """
    if config.train.synthesize is None or not isinstance(target, Categories):
        return None
    classes = _wanted_classes(config, train, target)
    images = SmallImages.of(config, train, len(target.names))
    state = random.getstate()  # Keras draws unseeded weights from it: the classifier's stay
    random.seed(config.train.seed)
    try:
        pixels = _made(config, images, classes)
    finally:
        random.setstate(state)
    decode = decode_small(config)
    statistics = ImageStatistics()

    def compared(wire: Rows) -> NDArray[np.float32]:
        return decode(wire).reshape(len(wire[IMAGE_BYTES]), -1).astype(np.float32)

    def described(wire: Rows) -> NDArray[np.float32]:
        return np.asarray(statistics(tf.constant(decode(wire))), np.float32)

    return GeneratedRows(
        examples=_as_examples(pixels, classes, target, train),
        method=config.train.synthesize,
        compared=compared,
        described=described,
        most_copies=config.train.synthesize_most_copies,
        way_out=_way_out(config),
    )


def _way_out(config: MedicalConfig) -> str:
    fewer = str(max(1, config.train.synthesize_steps // 2))
    return (
        "Leave train.synthesize out, fit it to more images, or for fewer steps:"
        f" {set_option('train.synthesize_steps', fewer)}"
    )


def _wanted_classes(
    config: MedicalConfig, train: Examples, target: Categories
) -> NDArray[np.int64]:
    """(n,) the class of each image that is to be made; none of a class that training lacks."""
    counts = np.bincount(train.targets.astype(np.int64), minlength=len(target.names))
    missing = np.where(counts > 0, np.maximum(config.train.synthesize_up_to - counts, 0), 0)
    if not missing.any():
        raise DataError(
            f"train.synthesize={config.train.synthesize} has nothing to do: all classes have at"
            f" least train.synthesize_up_to={config.train.synthesize_up_to} training images"
            f" (fewest: {int(counts[counts > 0].min())}). Raise it, or leave train.synthesize out."
        )
    return np.repeat(np.arange(len(counts)), missing)


def _made(
    config: MedicalConfig, images: SmallImages, classes: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """(n, height, width, 3)."""
    match config.train.synthesize:
        case "diffusion":
            return sample_diffusion(config.train, images, classes)
        case "gan":
            return sample_gan(config.train, images, classes)
        case None:
            raise AssertionError("nothing is made without train.synthesize")
        case _:
            assert_never(config.train.synthesize)


def _as_examples(
    pixels: NDArray[np.uint8], classes: NDArray[np.int64], target: Categories, train: Examples
) -> Examples:
    numbers = np.arange(len(classes))
    names = [f"synthetic-{target.names[c]}-{n}" for c, n in zip(classes, numbers, strict=True)]
    ids = np.array([_plain(name) for name in names])
    files = np.empty(len(pixels), dtype=object)
    for place, image in enumerate(pixels):
        files[place] = _as_png(image)
    groups = pd.DataFrame({name: [UNKNOWN] * len(ids) for name in train.groups})

    def rows(indices: NDArray[np.int64]) -> Rows:
        return {IMAGE_BYTES: files[indices]}

    return Examples(ids, ids, classes, groups if len(groups.columns) else _no_groups(ids), rows)


def _no_groups(ids: NDArray[np.str_]) -> pd.DataFrame:
    return pd.DataFrame(index=range(len(ids)))


def _plain(name: str) -> str:
    """Fit for a file's name."""
    return "".join(one if one.isalnum() or one in "-_." else "_" for one in name)


def _as_png(image: NDArray[np.uint8]) -> bytes:
    file: Any = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    content: bytes = file.getvalue()
    return content
