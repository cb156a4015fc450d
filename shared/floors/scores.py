"""A fitted floor in the graph of `preprocess`, and as a model of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from shared.errors import ContractError
from shared.floors.linear import ABSENT, LinearScores
from shared.targets import Categories, Target

__all__ = ["FLOOR_LOGITS", "AllClasses", "FeaturesBeside", "floor_model", "linear_logits"]

FLOOR_LOGITS = "floor_logits"
"""Name of the tensor in which `preprocess` gives the floor's logits (batch, classes)."""


def linear_logits(features: Any, fitted: LinearScores) -> Any:
    """Features (batch, features) -> logits (batch, classes) float32, by fixed weights."""
    layer = keras.layers.Dense(
        len(fitted.bias),
        kernel_initializer="zeros",  # no random numbers: the network's follow from those drawn
        trainable=False,
        dtype="float32",
        name=FLOOR_LOGITS,
    )
    logits = layer(features)
    layer.set_weights([fitted.weights, fitted.bias])
    return logits


def floor_model(target: Target, name: str, inputs: Mapping[str, Any], features: Any) -> keras.Model:
    """`floor_logits` of `preprocess` -> logits of all classes, as `Pipeline.baselines` has it.

    Args:
        target: What is predicted.
        name: Of the baseline.
        inputs: Name -> what of `preprocess`' tensors the features are made of.
        features: (batch, features): what the floor has read, for the score of OOD inputs.

    Raises:
        ContractError: The target has no classes.
    """
    if not isinstance(target, Categories):
        raise ContractError(f"The floor tells classes apart, received the target {target.kind!r}.")
    logits = keras.Input((None,), name=FLOOR_LOGITS)
    scores = FeaturesBeside()(AllClasses(len(target.names))(logits), features)
    return keras.Model([logits, *inputs.values()], scores, name=f"floor_{name}")


@keras.saving.register_keras_serializable(package="plumbline")
class FeaturesBeside(keras.layers.Layer):
    """Passes scores on, and says which features stand beside them.

    A network's features are what its last dense layer sees; a floor has none in its graph. Where
    it is deployed, `shared.model.last_features` finds them here.
    """

    def call(self, scores: Any, features: Any) -> Any:
        """Scores (batch, …), and features (batch, …, features) -> the scores."""
        del features
        return scores


@keras.saving.register_keras_serializable(package="plumbline")
class AllClasses(keras.layers.Layer):
    """Gives classes that training lacks the logit of an absent one.

    Training can only lack the last ones here: `preprocess` knows no more classes than its labels
    have, and gives those that are missing in between a logit itself.

    Args:
        num_classes: Of the target.
    """

    def __init__(self, num_classes: int, **options: Any) -> None:
        super().__init__(**options)
        self.num_classes = num_classes

    def call(self, logits: Any) -> Any:
        """(batch, known classes) -> (batch, classes)."""
        missing = self.num_classes - tf.shape(logits)[1]
        padded = tf.pad(logits, [[0, 0], [0, missing]], constant_values=ABSENT)
        padded.set_shape((None, self.num_classes))  # an `ensure_shape` would be none of LiteRT's
        return padded

    def compute_output_spec(self, logits: Any) -> keras.KerasTensor:
        """All classes, however many are known."""
        return keras.KerasTensor((logits.shape[0], self.num_classes), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "num_classes": self.num_classes}
