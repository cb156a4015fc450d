"""A model's weights in half precision, read as float32 where it computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

__all__ = ["HalfWeights"]


class HalfWeights(tf.Module):
    """The float32 weights of a model, stored as float16.

    A graph that reads them instead of the model's own is half as large on disk and computes in
    float32 as before; each weight loses the digits that float16 has not (a relative 2^-11).

    Args:
        model: Built; it is not changed.

    Attributes:
        stored: (weights) float16 variables, in the order of the model's float32 weights.
    """

    def __init__(self, model: keras.Model) -> None:
        super().__init__(name="half_weights")
        self._replaced = [weight for weight in model.weights if weight.dtype == "float32"]
        self.stored = [
            tf.Variable(tf.cast(weight.value, tf.float16), trainable=False)
            for weight in self._replaced
        ]

    def reading(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The same function of one argument, in which the model's weights are the stored ones."""

        def read(argument: Any) -> Any:
            pairs = zip(self._replaced, self.stored, strict=True)
            mapping = [(weight, tf.cast(half, tf.float32)) for weight, half in pairs]
            with keras.StatelessScope(state_mapping=mapping):
                return function(argument)

        return read

    def instead_of(self, weights: list[Any]) -> list[Any]:
        """A list of weights in which the stored ones take the place of those that they replace."""
        places = {
            id(weight): half for weight, half in zip(self._replaced, self.stored, strict=True)
        }
        return [places.get(id(weight), weight) for weight in weights]
