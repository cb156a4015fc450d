"""The loss of each validation row, under the network, each baseline and their blends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from shared.loading.batches.batching import Prepared, validation_batches
from shared.model.blend import blend_layer
from shared.model.named_inputs import reading_by_name
from shared.model.target import loss
from shared.model.trained_model import AnySize
from shared.targets import Categories, Horizon, Target

__all__ = ["WEIGHTS", "RowLosses", "class_losses", "measure_losses"]

WEIGHTS = tuple(round(tenth / 10, 1) for tenth in range(1, 10))
"""Of the network in a blend; 0 is the baseline alone, 1 the network."""

_LOG_TEMPERATURES = (-4.0, 6.0)
"""Up to 400, at which a model that learnt nothing says nothing."""

Logits = NDArray[np.float64]
"""(n, classes)."""


@dataclass(frozen=True)
class RowLosses:
    """Losses of the validation rows, (n,) float64 each.

    Attributes:
        network: Of the network alone.
        baselines: Of each baseline alone.
        blends: Baseline -> (n, weights) float64, in the order of `WEIGHTS`.
    """

    network: NDArray[np.float64]
    baselines: Mapping[str, NDArray[np.float64]]
    blends: Mapping[str, NDArray[np.float64]]


def measure_losses(
    network: keras.Model,
    baselines: Mapping[str, keras.Model],
    target: Target,
    val: Prepared,
    *,
    batch_size: int,
) -> RowLosses:
    """Score validation once, and judge each row as `class_losses` or as training does.

    Forecasts are judged batch by batch, without weights or groups: those of all rows may not fit
    into memory.
    """
    by_name = {name: reading_by_name(model) for name, model in baselines.items()}
    match target:
        case Categories():
            return _losses_of_classes(network, by_name, val, batch_size=batch_size)
        case Horizon():
            return _losses_of_forecasts(network, by_name, target, val, batch_size=batch_size)
        case _:
            assert_never(target)


def class_losses(
    network: Logits, baselines: Mapping[str, Logits], labels: NDArray[np.int64]
) -> RowLosses:
    """Cross-entropy, each model at the temperature that suits it best.

    What is deployed is calibrated. Without it a network that was taught to hesitate, by label
    smoothing or a focal loss, would lose to a worse one that was not.

    Args:
        network: Logits (n, classes).
        baselines: Theirs.
        labels: (n,) int64.
    """
    ours = log_softmax(network, axis=1)
    theirs = {name: log_softmax(logits, axis=1) for name, logits in baselines.items()}
    return RowLosses(
        network=_tempered(ours, labels),
        baselines={name: _tempered(each, labels) for name, each in theirs.items()},
        blends={name: _blended(ours, each, labels) for name, each in theirs.items()},
    )


def _blended(network: Logits, baseline: Logits, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Losses (n, weights) of the mixtures."""
    blends = [_mixed(network, baseline, weight) for weight in WEIGHTS]
    return np.stack([_tempered(blend, labels) for blend in blends], axis=1)


def _mixed(network: Logits, baseline: Logits, weight: float) -> Logits:
    """The logarithm of the mixture of two probabilities that are given by theirs."""
    return np.asarray(np.logaddexp(network + np.log(weight), baseline + np.log1p(-weight)))


def _tempered(log_probabilities: Logits, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Losses (n,) at the temperature with the lowest mean (Guo et al. 2017, eq. 9)."""

    def losses(log_temperature: float) -> NDArray[np.float64]:
        scaled = log_softmax(log_probabilities / np.exp(log_temperature), axis=1)
        return np.asarray(-scaled[np.arange(len(labels)), labels])

    found = minimize_scalar(lambda value: losses(value).mean(), bounds=_LOG_TEMPERATURES)
    return losses(found.x)


def _losses_of_classes(
    network: keras.Model, baselines: Mapping[str, keras.Model], val: Prepared, *, batch_size: int
) -> RowLosses:
    models = (network, *baselines.values())

    def score(features: Any) -> Any:
        scores = [model(features, training=False) for model in models]
        return tf.cast(tf.stack(scores, axis=1), tf.float64)

    compiled = AnySize(score)
    scored = [
        (compiled(features).numpy(), np.asarray(labels))
        for features, labels, *_ in validation_batches(val, batch_size=batch_size)
    ]
    logits = np.concatenate([scores for scores, _ in scored])  # (n, models, classes)
    labels = np.concatenate([labels for _, labels in scored]).astype(np.int64)
    theirs = {name: logits[:, place] for place, name in enumerate(baselines, start=1)}
    return class_losses(logits[:, 0], theirs, labels)


def _losses_of_forecasts(
    network: keras.Model,
    baselines: Mapping[str, keras.Model],
    target: Horizon,
    val: Prepared,
    *,
    batch_size: int,
) -> RowLosses:
    judge = _judge(network, baselines, target)
    names = list(baselines)
    found: list[NDArray[np.float64]] = []
    for features, labels, *_ in validation_batches(val, batch_size=batch_size):
        found.append(judge(features, labels).numpy())
    losses = np.concatenate(found)  # (n, 1 + baselines · (1 + weights))
    of_baselines = losses[:, 1:].reshape(len(losses), len(names), 1 + len(WEIGHTS))
    return RowLosses(
        network=losses[:, 0],
        baselines={name: of_baselines[:, place, 0] for place, name in enumerate(names)},
        blends={name: of_baselines[:, place, 1:] for place, name in enumerate(names)},
    )


def _judge(network: keras.Model, baselines: Mapping[str, keras.Model], target: Horizon) -> Any:
    """A function of features and labels -> losses (batch, 1 + baselines · (1 + weights))."""
    of_rows = loss(target)
    blends = [blend_layer(target, weight) for weight in WEIGHTS]

    @tf.function(reduce_retracing=True, autograph=False)
    def judge(features: Any, labels: Any) -> Any:
        scores = network(features, training=False)
        columns = [of_rows.call(labels, scores)]
        for baseline in baselines.values():
            theirs = baseline(features, training=False)
            columns.append(of_rows.call(labels, theirs))
            columns += [of_rows.call(labels, blend(scores, theirs)) for blend in blends]
        return tf.stack([tf.cast(column, tf.float64) for column in columns], axis=1)

    return judge
