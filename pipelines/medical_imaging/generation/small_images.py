"""The training split as a generator sees it: small images, a few more of rare classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.preprocess import DecodeImages
from pipelines.medical_imaging.reading.pixels import IMAGE_BYTES
from shared.contract import Examples, Rows

__all__ = ["IMAGES_A_STEP", "Batch", "SmallImages", "decode_small", "small_size"]

IMAGES_A_STEP = 32
_CHUNK_ROWS = 128

Batch = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Images (batch, height, width, 3) in [-1, 1], and their classes (batch,)."""


@dataclass(frozen=True)
class SmallImages:
    """All images of the training split.

    Attributes:
        pixels: (n, height, width, 3) uint8.
        classes: (n,) int64.
        num_classes: Of the target.
        flips: Axes of an image that may be mirrored.
    """

    pixels: NDArray[np.uint8]
    classes: NDArray[np.int64]
    num_classes: int
    flips: tuple[int, ...]

    @classmethod
    def of(cls, config: MedicalConfig, train: Examples, num_classes: int) -> SmallImages:
        """Read the training split once."""
        decode = decode_small(config)
        rows = np.arange(len(train))
        chunks = [rows[start : start + _CHUNK_ROWS] for start in range(0, len(rows), _CHUNK_ROWS)]
        pixels = np.concatenate([decode(train.rows(chunk)) for chunk in chunks])
        ways = config.model.flip
        flips = tuple(axis for word, axis in (("vertical", 0), ("horizontal", 1)) if word in ways)
        return cls(pixels, train.targets.astype(np.int64), num_classes, flips)

    def batches(self, num_steps: int, generator: np.random.Generator) -> Iterator[Batch]:
        """Each class as often as any other, each of its images as often as any other of it."""
        present = np.unique(self.classes)
        of_class = {int(index): np.flatnonzero(self.classes == index) for index in present}
        for _ in range(num_steps):
            drawn = generator.choice(present, IMAGES_A_STEP)
            rows = [generator.choice(of_class[int(index)]) for index in drawn]
            images = self.pixels[rows].astype(np.float32) / 127.5 - 1.0
            for axis in self.flips:
                mirrored = generator.random(IMAGES_A_STEP) < 0.5
                images[mirrored] = np.flip(images[mirrored], axis + 1)
            yield images, drawn.astype(np.int64)


def small_size(config: MedicalConfig) -> tuple[int, int]:
    """Height and width of what is made: the image's shape, in steps of 8 pixels."""
    sides = (config.data.image_height_px, config.data.image_width_px)
    scale = min(1.0, config.train.synthesize_px / max(sides))
    height, width = (max(16, 8 * round(side * scale / 8)) for side in sides)
    return height, width


def decode_small(config: MedicalConfig) -> Callable[[Rows], NDArray[np.uint8]]:
    """Wire rows -> (n, height, width, 3) uint8."""
    layer = DecodeImages(*small_size(config))
    traced = tf.function(layer.call, reduce_retracing=True, autograph=False)

    def decode(wire: Rows) -> NDArray[np.uint8]:
        files: Any = wire[IMAGE_BYTES]
        return np.asarray(traced(tf.constant(files.tolist())), np.uint8)

    return decode
