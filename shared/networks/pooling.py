"""Many tokens -> one vector."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["AttentionPooling", "masked_mean"]

_NEVER = -1e9


def masked_mean(tokens: Any, mask: Any) -> Any:
    """Mean over tokens, (batch, tokens, width) -> (batch, width); 0 where there are none.

    Args:
        tokens: Any.
        mask: (batch, tokens) float, 1 on tokens that count, else 0.
    """
    weights = ops.expand_dims(mask, -1)
    return ops.sum(tokens * weights, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1.0)


@keras.saving.register_keras_serializable(package="plumbline")
class AttentionPooling(keras.layers.Layer):
    """A mean over tokens whose weights are learnt: how telling each is.

    Yang et al. (2016), "Hierarchical attention networks for document classification", equations 5
    to 7.

    Args:
        units: Of the hidden layer that judges a token.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.judge = keras.layers.Dense(units, activation="tanh", name="judge")
        # A bias would add the same to all tokens, which a softmax does not see.
        self.weigh = keras.layers.Dense(1, use_bias=False, name="weigh")

    def build(self, tokens_shape: Any, mask_shape: Any = None) -> None:
        """Make the weights."""
        del mask_shape
        self.judge.build(tokens_shape)
        self.weigh.build((*tokens_shape[:-1], self.units))
        super().build(tokens_shape)

    def call(self, tokens: Any, mask: Any) -> Any:
        """(batch, tokens, width), and 1 on tokens that count (batch, tokens) -> (batch, width)."""
        merits = self.weigh(self.judge(tokens))[..., 0]  # (batch, tokens)
        weights = ops.softmax(ops.where(mask > 0.5, merits, _NEVER), axis=-1)
        return ops.sum(tokens * ops.expand_dims(weights * mask, -1), axis=1)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "units": self.units}
