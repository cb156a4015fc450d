"""The loss of each validation row, under the network, each baseline and their blends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.loading.batches.batching import Prepared, validation_batches
from shared.model.blend import blend_layer
from shared.model.named_inputs import reading_by_name
from shared.model.target import loss
from shared.targets import Target

__all__ = ["WEIGHTS", "RowLosses", "measure_losses"]

WEIGHTS = tuple(round(tenth / 10, 1) for tenth in range(1, 10))
"""Of the network in a blend; 0 is the baseline alone, 1 the network."""


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
    """Score validation once, batch by batch: forecasts of all its rows may not fit into memory.

    Losses are those of training, without label smoothing, weights or groups.
    """
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


def _judge(network: keras.Model, baselines: Mapping[str, keras.Model], target: Target) -> Any:
    """A function of features and labels -> losses (batch, 1 + baselines · (1 + weights))."""
    of_rows = loss(target)
    by_name = {name: reading_by_name(model) for name, model in baselines.items()}
    blends = [blend_layer(target, weight) for weight in WEIGHTS]

    @tf.function(reduce_retracing=True)
    def judge(features: Any, labels: Any) -> Any:
        scores = network(features, training=False)
        columns = [of_rows.call(labels, scores)]
        for baseline in by_name.values():
            theirs = baseline(features, training=False)
            columns.append(of_rows.call(labels, theirs))
            columns += [of_rows.call(labels, blend(scores, theirs)) for blend in blends]
        return tf.stack([tf.cast(column, tf.float64) for column in columns], axis=1)

    return judge
