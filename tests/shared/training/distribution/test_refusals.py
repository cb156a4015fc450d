from __future__ import annotations

import keras
import pytest
import tensorflow as tf

from shared.config import TrainConfig
from shared.errors import ConfigError
from shared.training.distribution.refusals import refusing_in_words
from shared.training.distribution.strategy import make_strategy
from tests.shared.training.tiny_training import batches, fit_tiny, make_tiny

JIT = TrainConfig(jit=True)


def test_an_operation_that_xla_lacks_is_named() -> None:
    inputs = keras.Input((4,))
    turned = keras.layers.RandomRotation(0.1, seed=1)(keras.layers.Reshape((2, 2, 1))(inputs))
    network = keras.Model(inputs, keras.layers.Dense(4)(keras.layers.Flatten()(turned)))
    with (
        pytest.raises(
            ConfigError,
            match=r"XLA has no ImageProjectiveTransformV3 on this machine.*train\.jit=false",
        ),
        refusing_in_words(JIT),
    ):
        fit_tiny("single", epochs=1, jit=True, network=network)


def test_statistics_shared_by_replicas_can_not_be_compiled() -> None:
    with make_strategy(TrainConfig(strategy="mirrored")).scope():
        inputs = keras.Input((4,))
        normalised = keras.layers.BatchNormalization(synchronized=True)(inputs)
        trainable = make_tiny(
            network=keras.Model(inputs, keras.layers.Dense(4)(normalised)), jit=True
        )
        with (
            pytest.raises(
                ConfigError, match=r"synchronised batch normalisation, can't be compiled"
            ),
            refusing_in_words(JIT),
        ):
            trainable.fit(batches(32, 16), shuffle=False, verbose=0)


def test_a_kernel_that_is_not_deterministic_is_named() -> None:
    says = r"no deterministic kernel .*GPU implementation of Foo.*train\.deterministic=false"
    with pytest.raises(ConfigError, match=says), refusing_in_words(TrainConfig()):
        raise tf.errors.UnimplementedError(
            None, None, "Deterministic GPU implementation of Foo not available."
        )


@pytest.mark.parametrize("config", [TrainConfig(), JIT])
def test_other_errors_stay_what_they_are(config: TrainConfig) -> None:
    with (
        pytest.raises(tf.errors.ResourceExhaustedError, match="out of memory"),
        refusing_in_words(config),
    ):
        raise tf.errors.ResourceExhaustedError(None, None, "out of memory")
