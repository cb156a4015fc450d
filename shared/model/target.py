"""The Keras twin of `shared.targets.Target`: what each kind of target means to a network.

The kinds themselves are in `shared.model.categories` and `shared.model.horizon`.
"""

from __future__ import annotations

from typing import Any, assert_never

import keras
from numpy.typing import NDArray

from shared.contract import Examples
from shared.model.categories import encode_classes, served_classes
from shared.model.class_losses import SmoothedCrossEntropy
from shared.model.horizon import ForecastLoss, encode_forecasts, served_forecasts
from shared.targets import Categories, Horizon, Target

__all__ = ["encode_targets", "loss", "monitors", "serving_decoder"]


def encode_targets(target: Target, examples: Examples) -> NDArray[Any]:
    """What `loss(target)` compares scores with.

    Returns:
        Categories: (n,) int32, as `encode_classes`. Horizon: (n, steps, channels, 2) float64, as
        `encode_forecasts`.
    """
    match target:
        case Categories():
            return encode_classes(examples)
        case Horizon():
            return encode_forecasts(examples)
        case _:
            assert_never(target)


def loss(target: Target, label_smoothing: float = 0.0) -> keras.losses.Loss:
    """The training loss, from scores as the network emits them; one number for each row."""
    match target:
        case Categories():
            return SmoothedCrossEntropy(len(target.names), label_smoothing)
        case Horizon():
            return ForecastLoss(target.quantiles)
        case _:
            assert_never(target)


def monitors(target: Target) -> list[keras.metrics.Metric]:
    """Metrics shown while training."""
    match target:
        case Categories():
            return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
        case Horizon():
            return []
        case _:
            assert_never(target)


def serving_decoder(target: Target) -> keras.Model:
    """Scores -> what a client reads, as the last part of the deployed graph.

    All outputs have a batch axis.

    Categories: `probabilities` (batch, classes) float32, `class_index` (batch,) int32.
    Horizon: `forecast` (batch, steps, channels) and `quantiles` (batch, steps, channels, levels),
    float64, original units.
    """
    scores = keras.Input(target.shape, dtype=target.score_dtype, name="scores")
    match target:
        case Categories():
            outputs = served_classes(scores, target.rule)
        case Horizon():
            outputs = served_forecasts(scores)
        case _:
            assert_never(target)
    return keras.Model(scores, outputs, name="serving_decoder")
