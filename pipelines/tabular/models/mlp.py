"""Encoded columns -> class logits."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from pipelines.tabular.config import TabularConfig
from shared.loading.columns.encoding import WIDTH
from shared.loading.columns.values import TABULAR
from shared.targets import Target

__all__ = ["build_model"]

_MOST_SPREADS = 5.0
"""A number further from the mean shouts no louder: it is an error, or nothing training has seen."""


def build_model(config: TabularConfig, target: Target) -> keras.Model:
    """Dense layers over all columns together. Logits (batch, classes)."""
    settings = config.model
    seed = config.train.seed
    columns = keras.Input((len(config.data.features), WIDTH), name=TABULAR)
    bounded = ops.clip(columns, -_MOST_SPREADS, _MOST_SPREADS)
    hidden = layers.Flatten(name="flat")(_hide(bounded, settings.column_dropout, seed=seed + 1))
    for number in range(1, settings.num_layers + 1):
        hidden = layers.Dense(settings.num_units, activation="relu", name=f"dense_{number}")(hidden)
        hidden = layers.Dropout(settings.dropout, seed=seed + 1 + number)(hidden)
    scores = layers.Dense(target.shape[-1], dtype="float32", name="scores")(hidden)
    return keras.Model({TABULAR: columns}, scores, name="mlp")


def _hide(columns: Any, share: float, *, seed: int) -> Any:
    """While training, some values are not given: the first place of a column says so."""
    drop = layers.Dropout(share, seed=seed, name="hide_values")
    # Dropout enlarges what it keeps; the sign is 1 or 0.
    kept = ops.sign(drop(ops.ones_like(columns[:, :, :1])))  # (batch, columns, 1)
    is_missing = ops.maximum(columns[:, :, :1], 1.0 - kept)
    return ops.concatenate([is_missing, kept * columns[:, :, 1:]], axis=2)
