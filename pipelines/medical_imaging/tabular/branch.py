"""The branch of a network that reads the values beside an image."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from pipelines.medical_imaging.config import MedicalConfig
from shared.loading.columns.encoding import WIDTH
from shared.loading.columns.values import TABULAR

__all__ = ["tabular_features", "tabular_input"]

_UNITS = 16


def tabular_input(config: MedicalConfig) -> Any:
    """The input (batch, columns, `WIDTH`) float32."""
    return keras.Input((len(config.data.tabular_columns), WIDTH), name=TABULAR)


def tabular_features(tabular: Any, config: MedicalConfig) -> Any:
    """Encoded values -> features (batch, 16).

    The first weights begin at 0, so that a value which training never shows says nothing: it has no
    random weights of its own.
    """
    seen = _drop(tabular, config.model.tabular_dropout, seed=config.train.seed + 6)
    flat = layers.Flatten(name="tabular_flat")(seen)
    mixed = layers.Dense(
        _UNITS, use_bias=False, kernel_initializer="zeros", name="tabular_embedding"
    )(flat)
    return layers.Dense(_UNITS, activation="swish", name="tabular_hidden")(mixed)


def _drop(tabular: Any, share: float, *, seed: int) -> Any:
    """While training, some values are not given, and some images come with none at all."""
    one = ops.ones_like(tabular[:, :, :1])
    values = layers.Dropout(share, seed=seed, name="tabular_drop_values")(one)
    rows = layers.Dropout(share, noise_shape=(None, 1, 1), seed=seed + 1, name="tabular_drop_rows")
    kept = ops.sign(values * rows(one))  # Dropout enlarges what it keeps
    is_missing = ops.maximum(tabular[:, :, :1], 1.0 - kept)
    return ops.concatenate([is_missing, kept * tabular[:, :, 1:]], axis=2)
