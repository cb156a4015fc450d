"""What every family has around its network: augmented pixels before it, logits behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.models.augment import augmentations
from pipelines.medical_imaging.reading.pixels import IMAGE
from pipelines.medical_imaging.tabular.branch import tabular_features, tabular_input
from shared.loading.columns.values import TABULAR
from shared.networks.views import MeanOverViews, SeveralViews, View
from shared.targets import Target

__all__ = ["classify"]


def classify(config: MedicalConfig, target: Target, network: Callable[[Any], Any]) -> keras.Model:
    """`image` (batch, height, width, 3) uint8 -> logits (batch, classes) float32.

    With `data.tabular_columns` it also takes `tabular` (batch, columns, any) float32.

    Args:
        config: Size of the image, augmentation, seed.
        target: What the logits are of.
        network: Pixels (batch, height, width, 3) in [-1, 1] -> features (batch, any).
    """
    image = keras.Input(
        (config.data.image_height_px, config.data.image_width_px, 3), dtype="uint8", name=IMAGE
    )
    pixels = layers.Rescaling(1.0 / 127.5, offset=-1.0, name="rescale")(image)
    for augment in augmentations(config.model, config.train.seed):
        pixels = augment(pixels)
    views = config.model.views(is_square=image.shape[1] == image.shape[2])
    drop = layers.Dropout(config.model.dropout, seed=config.train.seed + 4, name="dropout")
    features = drop(_see_all(pixels, network, views))
    inputs = {IMAGE: image}
    if config.data.tabular_columns:
        inputs[TABULAR] = tabular_input(config)
        beside = tabular_features(inputs[TABULAR], config)
        features = layers.Concatenate(name="features")([features, beside])
    logits = layers.Dense(target.shape[0], dtype="float32", name="logits")(features)
    return keras.Model(inputs, logits, name="medical_imaging")


def _see_all(pixels: Any, network: Callable[[Any], Any], views: Sequence[View]) -> Any:
    """Features of the image, or at inference their mean over its views."""
    if len(views) == 1:
        return network(pixels)
    features = network(SeveralViews(views, name="views")(pixels))
    return MeanOverViews(len(views), name="mean_over_views")(features)
