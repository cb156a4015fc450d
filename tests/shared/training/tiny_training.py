"""A network of a few weights and data without noise, so that two trainings can be compared weight by weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.training.compiled_model import ReplicaInvariantAdamW
from shared.training.distribution.strategy import make_strategy
from shared.training.trainable import TrainableModel

__all__ = [
    "NUM_STEPS",
    "Recorder",
    "batches",
    "fit_tiny",
    "make_network",
    "make_tiny",
    "weights_of",
]

NUM_STEPS = 6
"""Steps of an epoch."""


@dataclass
class Recorder(keras.callbacks.Callback):
    """Remembers what Keras tells callbacks."""

    begins: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    batch_logs: list[dict[str, float]] = field(default_factory=list)
    epoch_logs: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.begins.append(batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.ends.append(batch)
        self.batch_logs.append(dict(logs))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch_logs.append(dict(logs))


def rows(count: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Points (count, 4) and the class (count,) of each, by its largest coordinate."""
    points = np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32)
    return points, points.argmax(axis=1).astype(np.int32)


def batches(count: int, batch_size: int, seed: int = 0) -> tf.data.Dataset:
    """All rows in order; the last batch may be smaller."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return (
        tf.data.Dataset.from_tensor_slices(rows(count, seed))
        .batch(batch_size)
        .with_options(options)
    )


def make_network(dropout: float = 0.0) -> keras.Model:
    """Two dense layers, from the same weights each time."""
    keras.utils.set_random_seed(7)
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(8, activation="tanh")(inputs)
    hidden = keras.layers.Dropout(dropout, seed=3)(hidden)
    return keras.Model(inputs, keras.layers.Dense(4, dtype="float32")(hidden))


def make_tiny(
    *,
    steps_per_execution: int = 1,
    optimizer: Callable[[], Any] | None = None,
    network: Any = None,
    **options: Any,
) -> TrainableModel:
    """A compiled trainable; call it in the strategy's scope."""
    trainable = TrainableModel(network or make_network(), **options)
    trainable.compile(
        _default_optimizer() if optimizer is None else optimizer(),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[
            keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
            keras.metrics.SparseTopKCategoricalAccuracy(2, name="top2"),
        ],
        steps_per_execution=steps_per_execution,
        jit_compile=False,
    )
    return trainable


def _default_optimizer() -> Any:
    return ReplicaInvariantAdamW(
        0.05, epsilon=1e-3, global_clipnorm=0.3, weight_decay=0.01, use_ema=True, ema_momentum=0.5
    )


def fit_tiny(
    strategy: str,
    *,
    epochs: int = 2,
    num_val: int = 37,
    callbacks: Sequence[Any] = (),
    **options: Any,
) -> TrainableModel:
    """Trained on 96 rows in batches of 16, validated on `num_val` rows."""
    with make_strategy(TrainConfig().model_copy(update={"strategy": strategy})).scope():
        trainable = make_tiny(**options)
        trainable.fit(
            batches(16 * NUM_STEPS, 16).repeat(),
            validation_data=batches(num_val, 16, seed=1),
            steps_per_epoch=NUM_STEPS,
            epochs=epochs,
            callbacks=list(callbacks),
            shuffle=False,
            verbose=0,
        )
    return trainable


def weights_of(trainable: TrainableModel) -> NDArray[np.float64]:
    """Weights and their moving averages, one after another."""
    optimizer = getattr(trainable.optimizer, "inner_optimizer", trainable.optimizer)
    variables = [
        *trainable.network.trainable_variables,
        *(getattr(optimizer, "_model_variables_moving_average", None) or ()),
    ]
    return np.concatenate(
        [np.ravel(np.asarray(variable, dtype=np.float64)) for variable in variables]
    )
