"""From what a client sends to what the network eats."""

from __future__ import annotations

import keras
import numpy as np

from shared.contract import Examples
from tests.contract.toy.config import ToyConfig

__all__ = ["build_decode", "fit_preprocess"]


def build_decode(config: ToyConfig) -> keras.Model:
    """The identity: a client sends `signal` (batch, samples) float32, which already is the row."""
    signal = keras.Input((config.data.num_samples,), name="signal")
    return keras.Model(
        {"signal": signal}, {"signal": keras.layers.Identity()(signal)}, name="decode"
    )


def fit_preprocess(config: ToyConfig, train: Examples) -> keras.Model:
    """Standardise by one mean and one variance, both of the training split; adds a channel axis."""
    signals = train.rows(np.arange(len(train)))["signal"]
    signal = keras.Input((config.data.num_samples,), name="signal")
    standardised = keras.layers.Normalization(
        axis=None, mean=float(signals.mean()), variance=float(signals.var())
    )(signal)
    outputs = {
        "channels": keras.layers.Reshape((config.data.num_samples, 1))(standardised)
    }  # (batch, samples, 1)
    return keras.Model({"signal": signal}, outputs, name="preprocess")
