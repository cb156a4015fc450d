from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from shared.model.last_features import pool_features, with_last_features


def _network(*, dense: bool = True) -> keras.Model:
    signal = keras.Input((8, 2), name="signal")
    hidden = keras.layers.Dense(3, name="early")(signal) if dense else signal
    hidden = keras.layers.GlobalAveragePooling1D(name="pooled")(keras.layers.Conv1D(5, 3)(hidden))
    hidden = keras.layers.Dropout(0.5)(hidden)
    hidden = keras.layers.Dense(4, name="last")(hidden) if dense else hidden
    return keras.Model({"signal": signal}, keras.layers.Activation("tanh")(hidden))


def test_features_are_what_the_last_dense_layer_sees() -> None:
    network = _network()
    signal = {"signal": tf.constant(np.random.default_rng(0).normal(size=(3, 8, 2)), tf.float32)}
    extended = with_last_features(network)
    assert extended is not None
    scores, features = extended(signal, training=False)
    np.testing.assert_array_equal(scores, network(signal, training=False))
    np.testing.assert_allclose(np.tanh(network.get_layer("last")(features)), scores, rtol=1e-6)
    assert features.shape == (3, 5)


def test_a_network_without_dense_layers_has_no_features() -> None:
    assert with_last_features(_network(dense=False)) is None


def test_features_of_many_places_become_one_vector_a_row() -> None:
    features = tf.constant(np.arange(24).reshape(2, 3, 4), tf.float16)
    assert pool_features(features).dtype == tf.float32
    places = np.arange(24).reshape(2, 3, 4)
    np.testing.assert_allclose(
        pool_features(features),
        np.concatenate([places.mean(axis=1), places.std(axis=1)], axis=-1),
        rtol=1e-6,
    )
    np.testing.assert_array_equal(pool_features(features[:, 0]), features[:, 0])
