"""From what a client sends to what the network eats."""

from __future__ import annotations

import keras
import numpy as np

from shared.contract import Examples
from shared.floors.linear import fit_linear
from shared.floors.scores import FLOOR_LOGITS, floor_model, linear_logits
from shared.targets import Target
from tests.contract.toy.config import ToyConfig

__all__ = ["build_baselines", "build_decode", "fit_preprocess"]


def build_decode(config: ToyConfig) -> keras.Model:
    """The identity: a client sends `signal` (batch, samples) float32, which already is the row."""
    signal = keras.Input((config.data.num_samples,), name="signal")
    return keras.Model(
        {"signal": signal}, {"signal": keras.layers.Identity()(signal)}, name="decode"
    )


def fit_preprocess(config: ToyConfig, train: Examples) -> keras.Model:
    """Standardise by one mean and one variance, both of the training split; adds a channel axis.

    `floor_logits` is the linear model that a sceptic would try first.
    """
    signals = train.rows(np.arange(len(train)))["signal"]
    signal = keras.Input((config.data.num_samples,), name="signal")
    standardised = keras.layers.Normalization(
        axis=None, mean=float(signals.mean()), variance=float(signals.var())
    )(signal)
    floor = fit_linear(signals, train.targets, train.entities, seed=config.train.seed)
    outputs = {
        "channels": keras.layers.Reshape((config.data.num_samples, 1))(standardised),
        FLOOR_LOGITS: linear_logits(signal, floor),
    }  # (batch, samples, 1) and (batch, classes)
    return keras.Model({"signal": signal}, outputs, name="preprocess")


def build_baselines(config: ToyConfig, target: Target) -> dict[str, keras.Model]:
    """`linear`: logistic regression on the samples."""
    channels = keras.Input((config.data.num_samples, 1), name="channels")
    samples = keras.layers.Flatten()(channels)
    return {"linear": floor_model(target, "linear", {"channels": channels}, samples)}
