from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.training.distribution.replicas import draw_by_replica
from shared.training.distribution.strategy import make_strategy


def masks(
    strategy: Any, *, by_replica: bool = True, num_draws: int = 2
) -> list[list[NDArray[Any]]]:
    """What dropout keeps of ones: for each draw, the mask of each replica."""
    with make_strategy(TrainConfig(strategy=strategy)).scope():
        inputs = keras.Input((64,))
        network = keras.Model(inputs, keras.layers.Dropout(0.5, seed=11)(inputs))
        if by_replica:
            draw_by_replica(network)
        distribution = tf.distribute.get_strategy()
        draw = tf.function(
            lambda: distribution.run(lambda: network(tf.ones((1, 64)), training=True))
        )
        drawn = [distribution.experimental_local_results(draw()) for _ in range(num_draws)]
    return [[one.numpy() > 0 for one in replicas] for replicas in drawn]


def test_each_replica_draws_another_mask_each_time() -> None:
    first, second = masks("mirrored")
    drawn = [*first, *second]
    for index, one in enumerate(drawn):
        for other in drawn[index + 1 :]:
            assert 10 < (one != other).sum() < 54  # about half of 64


def test_masks_are_the_same_in_the_next_run() -> None:
    np.testing.assert_array_equal(masks("mirrored"), masks("mirrored"))


def test_one_replica_and_the_first_of_several_draw_what_keras_draws() -> None:
    plain = masks("single", by_replica=False)
    np.testing.assert_array_equal(masks("single"), plain)
    np.testing.assert_array_equal(
        [replicas[0] for replicas in masks("mirrored")], [replicas[0] for replicas in plain]
    )


def test_keras_gives_every_replica_the_same_mask() -> None:
    # Why draw_by_replica exists. If this fails, Keras has mended it and the function can go.
    for first, second in masks("mirrored", by_replica=False):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("seed", [0, 11, 2**31 - 1])
def test_the_saved_network_knows_nothing_of_replicas(seed: int) -> None:
    inputs = keras.Input((64,))
    network = keras.Model(inputs, keras.layers.Dropout(0.5, seed=seed)(inputs))
    before = network.get_config()
    draw_by_replica(network)
    assert network.get_config() == before
