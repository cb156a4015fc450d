"""Standardised signal -> class logits."""

from __future__ import annotations

from typing import cast

import keras

from shared.targets import Target
from tests.contract.toy.config import ConvolutionConfig, ToyConfig
from tests.contract.toy.data import PULSE_SAMPLES

__all__ = ["build_model"]


def build_model(config: ToyConfig, target: Target) -> keras.Model:
    """One convolution as long as the pulse, the largest response of each filter, one dense layer.

    Logits (batch, classes).
    """
    settings = cast("ConvolutionConfig", config.model)  # of this file's family
    channels = keras.Input((config.data.num_samples, 1), name="channels")
    responses = keras.layers.Conv1D(settings.num_filters, PULSE_SAMPLES, activation="relu")(
        channels
    )  # (batch, places, filters)
    strongest = keras.layers.GlobalMaxPooling1D()(responses)  # (batch, filters)
    strongest = keras.layers.Dropout(settings.dropout)(strongest)
    scores = keras.layers.Dense(target.shape[-1], dtype="float32", name="scores")(strongest)
    return keras.Model({"channels": channels}, scores, name="toy")
