"""What a network's last dense layer sees: the features that the network has made of a row, whatever its domain."""

from __future__ import annotations

import keras
import tensorflow as tf

__all__ = ["pool_features", "with_last_features"]


def with_last_features(model: keras.Model) -> keras.Model | None:
    """The same network with two outputs: its scores, and the input of its last dense layer (batch, …, features).

    Returns:
        None if the network has no dense layer at its top level: it then makes no features that a linear layer reads.
    """
    # Keras orders layers by their distance from the output.
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    return keras.Model(model.input, (model.output, dense[-1].input)) if dense else None


def pool_features(features: tf.Tensor) -> tf.Tensor:
    """One vector for each row, (batch, features) float32: the mean over places, such as the steps ahead of a forecast."""
    return tf.reduce_mean(tf.cast(features, tf.float32), axis=list(range(1, features.shape.rank - 1)))
