from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.training.compiled_model import ReplicaInvariantAdamW
from shared.training.distribution.strategy import make_strategy
from shared.training.trainable import TrainableModel


def weights_after_steps(
    strategy_name: Any, optimizer_type: Any, clip_norm: float
) -> NDArray[np.float32]:
    """Four rows in one batch, three steps, on as many replicas as the strategy has."""
    rows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    with make_strategy(TrainConfig().model_copy(update={"strategy": strategy_name})).scope():
        model = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="ones")]
        )
        if optimizer_type is ReplicaInvariantAdamW:
            model = TrainableModel(model)
        # With so large an epsilon the step follows the gradient's size, which Adam otherwise
        # divides away.
        model.compile(
            optimizer_type(0.1, epsilon=1.0, global_clipnorm=clip_norm),
            keras.losses.MeanSquaredError(),
        )
    dataset = tf.data.Dataset.from_tensors((rows, 50.0 * rows[:, :2])).repeat(3)
    model.fit(dataset, epochs=1, shuffle=False, verbose=0)
    return np.concatenate([np.ravel(weight) for weight in model.get_weights()])


@pytest.mark.parametrize("clip_norm", [1.0, 1e6])
def test_two_replicas_step_as_one_does(clip_norm: float) -> None:
    one, two = (
        weights_after_steps(name, ReplicaInvariantAdamW, clip_norm)
        for name in ("single", "mirrored")
    )
    np.testing.assert_allclose(two, one, rtol=1e-6)


@pytest.mark.parametrize("clip_norm", [1.0, 1e6])
def test_on_one_replica_it_is_adamw(clip_norm: float) -> None:
    ours, theirs = (
        weights_after_steps("single", optimizer, clip_norm)
        for optimizer in (ReplicaInvariantAdamW, keras.optimizers.AdamW)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_keras_own_clipping_depends_on_replicas() -> None:
    # Why the class exists. If this fails, Keras has mended it and the class can go.
    one, two = (
        weights_after_steps(name, keras.optimizers.AdamW, 1.0) for name in ("single", "mirrored")
    )
    assert np.abs(one - two).max() > 1e-3
