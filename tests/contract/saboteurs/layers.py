"""Layers that break the contract, each in one way."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["AlwaysNoisy", "ForgetsItsFactor", "ForgetsItsState", "RelativeToLoudest"]


@keras.saving.register_keras_serializable(package="plumbline_tests")
class RelativeToLoudest(keras.layers.Layer):
    """Divides by the largest value of the whole batch."""

    def call(self, inputs: Any) -> Any:
        return inputs / ops.max(ops.abs(inputs))


@keras.saving.register_keras_serializable(package="plumbline_tests")
class ForgetsItsFactor(keras.layers.Layer):
    """Multiplies by a setting that is not in its configuration."""

    def __init__(self, factor: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}


@keras.saving.register_keras_serializable(package="plumbline_tests")
class ForgetsItsState(keras.layers.Layer):
    """Subtracts a fitted number that is kept outside of Keras' variables."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.fitted = 0.0

    def call(self, inputs: Any) -> Any:
        return inputs - self.fitted


@keras.saving.register_keras_serializable(package="plumbline_tests")
class AlwaysNoisy(keras.layers.Layer):
    """Augmentation that does not ask whether it is training."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, inputs: Any) -> Any:
        return inputs + keras.random.normal(ops.shape(inputs), seed=self.seeds)
