"""Standardised signal -> class logits."""

from __future__ import annotations

import keras

from shared.targets import Target
from tests.contract.toy.config import ToyConfig
from tests.contract.toy.data import PULSE_SAMPLES

__all__ = ["build_model"]


def build_model(config: ToyConfig, target: Target) -> keras.Model:
    """One convolution as long as the pulse, the largest response of each filter, one dense layer.

    Logits (batch, classes).
    """
    channels = keras.Input((config.data.num_samples, 1), name="channels")
    responses = keras.layers.Conv1D(config.model.num_filters, PULSE_SAMPLES, activation="relu")(
        channels
    )  # (batch, places, filters)
    strongest = keras.layers.GlobalMaxPooling1D()(responses)  # (batch, filters)
    strongest = keras.layers.Dropout(config.model.dropout)(strongest)
    scores = keras.layers.Dense(target.shape[-1], dtype="float32", name="scores")(strongest)
    return keras.Model({"channels": channels}, scores, name="toy")
