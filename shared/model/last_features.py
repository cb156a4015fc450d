"""What a network's last dense layer sees, or what a floor has read.

The features that the network has made of a row, whatever its domain.
"""

from __future__ import annotations

import keras
import tensorflow as tf

from shared.floors.scores import FeaturesBeside

__all__ = ["pool_features", "with_last_features"]


def with_last_features(model: keras.Model) -> keras.Model | None:
    """The same network with two outputs.

    Its scores, and the input of its last dense layer (batch, …, features); of a floor, which has no
    dense layer, what `FeaturesBeside` tells.

    Returns:
        None if the network has neither at its top level: it then makes no features that a linear
        layer reads.
    """
    # Keras orders layers by their distance from the output.
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    told = [layer for layer in model.layers if isinstance(layer, FeaturesBeside)]
    if dense:
        return keras.Model(model.input, (model.output, dense[-1].input))
    return keras.Model(model.input, (model.output, told[-1].input[1])) if told else None


def pool_features(features: tf.Tensor) -> tf.Tensor:
    """One vector for each row, (batch, any) float32.

    Of features at many places, such as the steps ahead of a forecast, it holds the mean and the
    standard deviation over places (Snyder et al. 2018, section 3): a strange input may be usual on
    average and differ in how much it varies.
    """
    features = tf.cast(features, tf.float32)
    places = list(range(1, features.shape.rank - 1))
    if not places:
        return features
    return tf.concat(
        [tf.reduce_mean(features, axis=places), tf.math.reduce_std(features, axis=places)], axis=-1
    )
