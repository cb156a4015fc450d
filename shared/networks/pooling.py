"""Many tokens -> one vector."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["AttentionPooling", "AttentiveStatisticsPooling", "masked_mean"]

_NEVER = -1e4
"""A merit that counts for nothing, and that float16 has: -1e9 is infinite there."""
_SMALLEST_VARIANCE = 1e-4


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
        self.judge = keras.layers.Dense(
            units, activation="tanh", dtype=self.dtype_policy, name="judge"
        )
        # A bias would add the same to all tokens, which a softmax does not see.
        self.weigh = keras.layers.Dense(1, use_bias=False, dtype=self.dtype_policy, name="weigh")

    def build(self, tokens_shape: Any, mask_shape: Any = None) -> None:
        """Make the weights."""
        del mask_shape
        self.judge.build(tokens_shape)
        self.weigh.build((*tokens_shape[:-1], self.units))
        super().build(tokens_shape)

    def call(self, tokens: Any, mask: Any) -> Any:
        """(batch, tokens, width), and 1 on tokens that count (batch, tokens) -> (batch, width)."""
        return ops.sum(tokens * self.weights_of(tokens, mask), axis=1)

    def weights_of(self, tokens: Any, mask: Any) -> Any:
        """What each token counts for, (batch, tokens, 1); arguments as of `call`."""
        merits = self.weigh(self.judge(tokens))[..., 0]  # (batch, tokens)
        weights = ops.softmax(ops.where(mask > 0.5, merits, _NEVER), axis=-1)
        return ops.expand_dims(weights * mask, -1)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="plumbline")
class AttentiveStatisticsPooling(AttentionPooling):
    """That mean beside the standard deviation by the same weights.

    Okabe et al. (2018), "Attentive statistics pooling for deep speaker embedding", equations 5 and
    6. How much sound varies tells about a voice what its mean does not.
    """

    def call(self, tokens: Any, mask: Any) -> Any:
        """(batch, tokens, width), and 1 on tokens that count -> (batch, 2 × width)."""
        weights = self.weights_of(tokens, mask)
        mean = ops.sum(tokens * weights, axis=1, keepdims=True)  # (batch, 1, width)
        # Not the mean square less the squared mean, as in the paper, which rounding makes negative.
        variance = ops.sum(ops.square(tokens - mean) * weights, axis=1)
        # The root has no finite slope at 0, where a single token counts.
        deviation = ops.sqrt(variance + _SMALLEST_VARIANCE)
        return ops.concatenate([mean[:, 0], deviation], axis=-1)
