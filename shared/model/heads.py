"""The Keras twin of `shared/targets`: how each kind of target is learned and how it is served."""

from __future__ import annotations

from typing import Any, assert_never

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from shared.contract import Examples
from shared.errors import ContractError
from shared.targets import Categories, Horizon, Target

__all__ = ["encode_targets", "loss", "monitors", "serving_decoder"]


def encode_targets(target: Target, examples: Examples) -> NDArray[Any]:
    """What `loss(target)` compares scores with.

    Returns:
        Categories: (n,) int32. Horizon: (n, steps, channels, 2) float32: the value (0 where not
        observed), and its weight: one over the series' training standard deviation, 0 where not
        observed.
    """
    match target:
        case Categories():
            return examples.targets.astype(np.int32)
        case Horizon():
            if examples.forecast is None:
                raise ContractError("Forecast examples need their ForecastContext, received none.")
            observed = np.isfinite(examples.targets)
            weights = observed / examples.forecast.scale[:, None, :]
            return np.stack([np.where(observed, examples.targets, 0.0), weights], axis=-1).astype(
                np.float32
            )
        case _:
            assert_never(target)


def loss(target: Target, label_smoothing: float = 0.0) -> keras.losses.Loss:
    """The training loss: cross-entropy from logits, or standardised squared error of the mean plus pinball of the quantiles."""
    match target:
        case Categories():
            return _SmoothedCrossEntropy(len(target.names), label_smoothing)
        case Horizon():
            return _ForecastLoss(target.quantiles)
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
    float32, original units.
    """
    scores = keras.Input(target.shape, name="scores")
    match target:
        case Categories():
            outputs = {
                "probabilities": ops.softmax(ops.cast(scores, "float32"), axis=-1),
                "class_index": ops.cast(ops.argmax(scores, axis=-1), "int32"),
            }
        case Horizon():
            outputs = {"forecast": scores[..., 0], "quantiles": ops.sort(scores[..., 1:], axis=-1)}
        case _:
            assert_never(target)
    return keras.Model(scores, outputs, name="serving_decoder")


class _SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of integer labels from logits, with label smoothing (Szegedy et al. 2016, section 7)."""

    def __init__(self, num_classes: int, smoothing: float) -> None:
        super().__init__(name="cross_entropy")
        self.num_classes = num_classes
        self.smoothing = smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        labels = ops.one_hot(ops.cast(ops.reshape(y_true, (-1,)), "int32"), self.num_classes)
        return keras.losses.categorical_crossentropy(
            labels, y_pred, from_logits=True, label_smoothing=self.smoothing
        )


class _ForecastLoss(keras.losses.Loss):
    """Squared error of the mean plus pinball losses (Koenker & Bassett 1978) of the quantiles, in standardised units."""

    def __init__(self, quantiles: tuple[float, ...]) -> None:
        super().__init__(name="forecast_loss")
        self.quantiles = quantiles

    def call(self, y_true: Any, y_pred: Any) -> Any:
        value, weight = y_true[..., 0:1], y_true[..., 1:2]  # (batch, steps, channels, 1)
        difference = (
            value - y_pred
        ) * weight  # (batch, steps, channels, 1 + quantiles), in standard deviations
        error, below = difference[..., 0], difference[..., 1:]
        levels = ops.convert_to_tensor(self.quantiles, dtype=below.dtype)
        pinball = ops.sum(ops.maximum(levels * below, (levels - 1.0) * below), axis=-1)
        observed = ops.cast(weight[..., 0] > 0, error.dtype)
        num_observed = ops.maximum(ops.sum(observed, axis=(1, 2)), 1.0)
        return ops.sum((ops.square(error) + pinball) * observed, axis=(1, 2)) / num_observed
