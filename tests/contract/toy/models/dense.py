"""Standardised signal -> class logits, by a network that knows nothing of place."""

from __future__ import annotations

from typing import cast

import keras

from shared.targets import Target
from tests.contract.toy.config import DenseConfig, ToyConfig

__all__ = ["build_model"]


def build_model(config: ToyConfig, target: Target) -> keras.Model:
    """One hidden layer over all samples. Logits (batch, classes)."""
    settings = cast("DenseConfig", config.model)  # of this file's family
    channels = keras.Input((config.data.num_samples, 1), name="channels")
    samples = keras.layers.Flatten()(channels)
    hidden = keras.layers.Dense(settings.num_units, activation="relu")(samples)
    scores = keras.layers.Dense(target.shape[-1], dtype="float32", name="scores")(hidden)
    return keras.Model({"channels": channels}, scores, name="toy")
