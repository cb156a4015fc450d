"""A replica may get no row of the last validation batch."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from shared.training.trainable import TrainableModel


def validate(strategy: tf.distribute.Strategy) -> dict[str, float]:
    """Loss and error on 5 rows in batches of 4.

    Of the last batch the second replica gets nothing.
    """
    keras.utils.set_random_seed(1)
    rows = np.random.default_rng(0).normal(size=(5, 12, 3)).astype(np.float32)
    targets = rows.mean(axis=(1, 2), keepdims=False)[:, np.newaxis]
    with strategy.scope():
        inputs = keras.Input((12, 3))
        found = keras.layers.Conv1D(4, 3, activation="relu")(inputs)
        model = TrainableModel(
            keras.Model(inputs, keras.layers.Dense(1)(keras.layers.GlobalMaxPooling1D()(found)))
        )
        model.compile(loss="mse", metrics=["mae"])
        judged: dict[str, float] = model.evaluate(
            tf.data.Dataset.from_tensor_slices((rows, targets)).batch(4),
            verbose=0,
            return_dict=True,
        )
    return judged


def test_a_replica_without_rows_changes_nothing() -> None:
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    two = tf.distribute.MirroredStrategy(
        devices, cross_device_ops=tf.distribute.ReductionToOneDevice()
    )
    expected, found = validate(tf.distribute.get_strategy()), validate(two)
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6)
