"""Colour and texture statistics with logistic regression: the floor of images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.reading.pixels import IMAGE
from pipelines.medical_imaging.tabular.branch import tabular_input
from shared.contract import Examples
from shared.floors.sampling import fit_on_rows
from shared.floors.scores import FLOOR_LOGITS, floor_model, linear_logits
from shared.loading.columns.encoding import EncodeTabular
from shared.loading.columns.values import TABULAR
from shared.targets import Target

__all__ = ["ImageStatistics", "build_baselines", "fit_floor"]

_THUMBNAIL_PX = 8
_NUM_BINS = 16
_NUM_SCALES = 4
_LEAST = 1e-6
"""Added to what a logarithm is taken of: a plain image has a texture, too."""


def build_baselines(config: MedicalConfig, target: Target) -> dict[str, keras.Model]:
    """`colour_and_texture`: logistic regression on statistics of the pixels.

    With `data.tabular_columns` it reads these, too.
    """
    shape = (config.data.image_height_px, config.data.image_width_px, 3)
    image = keras.Input(shape, dtype="uint8", name=IMAGE)
    inputs = {IMAGE: image}
    if config.data.tabular_columns:
        inputs[TABULAR] = tabular_input(config)
    statistics = ImageStatistics(name="floor_statistics")
    name = "colour_and_texture"
    return {name: floor_model(target, name, inputs, _described(statistics, inputs))}


def fit_floor(
    config: MedicalConfig,
    train: Examples,
    decode: keras.Model,
    tensors: Mapping[str, Any],
    encode: EncodeTabular | None,
) -> dict[str, Any]:
    """Fit on the training split and apply it: `floor_logits` (batch, classes) float32.

    Args:
        config: Of the run.
        train: The training split.
        decode: Wire -> row.
        tensors: `image` (batch, height, width, 3) uint8, and what `encode` makes of the values
            beside it.
        encode: Values beside an image -> numbers; None where there are none.
    """
    statistics = ImageStatistics(name="floor_statistics")

    def describe(wire: Any) -> Any:
        rows = decode(wire, training=False)
        return _described(
            statistics, rows if encode is None else {**rows, TABULAR: encode(rows[TABULAR])}
        )

    fitted = fit_on_rows(train, describe, seed=config.train.seed)
    return {FLOOR_LOGITS: linear_logits(_described(statistics, tensors), fitted)}


def _described(statistics: ImageStatistics, tensors: Mapping[str, Any]) -> Any:
    """Features (batch, any): of the image, and the values beside it as they are."""
    of_image = statistics(tensors[IMAGE])
    if TABULAR not in tensors:
        return of_image
    values = keras.layers.Flatten()(tensors[TABULAR])
    return keras.ops.concatenate([of_image, values], axis=1)


@keras.saving.register_keras_serializable(package="plumbline")
class ImageStatistics(keras.layers.Layer):
    """Images (batch, height, width, 3) uint8 -> what they look like from afar, (batch, any).

    A thumbnail of 8 × 8 pixels, mean and spread of each colour, its histogram, and how steep the
    image is on four scales, each half as fine as the one before. All in [0, 1] but the logarithms
    of steepness.
    """

    def call(self, image: Any) -> Any:
        """Measure each image by itself."""
        pixels = tf.cast(image, tf.float32) / 255.0
        thumbnail = _thumbnail(pixels)
        mean, variance = tf.nn.moments(pixels, axes=[1, 2])
        parts = [
            tf.reshape(thumbnail, (-1, 3 * _THUMBNAIL_PX**2)),
            mean,
            tf.sqrt(variance + _LEAST),
            *_histogram(pixels),
            *_steepness(tf.reduce_mean(pixels, axis=3, keepdims=True)),
        ]
        return tf.concat(parts, axis=1)

    def compute_output_spec(self, image: Any) -> keras.KerasTensor:
        """Spares Keras tracing it to find out."""
        num_scales = len(_sizes(image.shape[1], image.shape[2]))
        width = 3 * _THUMBNAIL_PX**2 + 6 + 3 * _NUM_BINS + 4 * num_scales
        return keras.KerasTensor((image.shape[0], width), dtype="float32")


def _thumbnail(pixels: Any) -> Any:
    """Mean colours of equal parts, (batch, 8, 8, 3): TensorFlow's area resizing has no gradient."""
    of_rows, of_columns = (
        tf.constant(_shares_of_parts(pixels.shape[axis]), pixels.dtype) for axis in (1, 2)
    )
    return tf.einsum("nhwc,hr,ws->nrsc", pixels, of_rows, of_columns)


def _shares_of_parts(length: int) -> NDArray[np.float64]:
    """(length, 8): which share of each part of a side a pixel makes up."""
    edges = np.linspace(0.0, length, _THUMBNAIL_PX + 1)
    pixels = np.arange(length)[:, None]
    overlap = np.minimum(pixels + 1.0, edges[1:]) - np.maximum(pixels, edges[:-1])
    return np.asarray(np.maximum(overlap, 0.0) / (length / _THUMBNAIL_PX))


def _histogram(pixels: Any) -> list[Any]:
    """The share of pixels near each of 16 levels, (batch, 3) each.

    A pixel counts for the two levels that it lies between, so that no share jumps.
    """
    places = pixels * (_NUM_BINS - 1.0)
    return [
        tf.reduce_mean(tf.maximum(1.0 - tf.abs(places - level), 0.0), axis=[1, 2])
        for level in range(_NUM_BINS)
    ]


def _steepness(grey: Any) -> list[Any]:
    """Logarithms of the mean size and the mean square of differences, (batch, 1) each."""
    found = []
    for _ in _sizes(grey.shape[1], grey.shape[2]):
        across = grey[:, :, 1:] - grey[:, :, :-1]
        down = grey[:, 1:] - grey[:, :-1]
        sizes = [size(each) for each in (across, down) for size in (tf.abs, tf.square)]
        found += [tf.math.log(tf.reduce_mean(each, axis=[1, 2]) + _LEAST) for each in sizes]
        grey = tf.nn.avg_pool2d(grey, 2, 2, "SAME")
    return found


def _sizes(height_px: int, width_px: int) -> list[int]:
    """The smaller side on each scale on which there is a difference to take."""
    smaller = min(height_px, width_px)
    sizes = [-(-smaller // 2**scale) for scale in range(_NUM_SCALES)]
    return [size for size in sizes if size >= 2]
