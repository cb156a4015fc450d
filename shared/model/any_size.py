"""A function of named tensors, compiled once for batches of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

__all__ = ["AnySize"]


class AnySize:
    """Compiles a function of named tensors once, whatever the size of its batches.

    TensorFlow alone would compile it for the first batch, and again as soon as one is smaller. What
    is compiled is written in operations: translating Python's ifs and loops, as TensorFlow does if
    asked, would cost as long as tracing, and find none.
    """

    def __init__(self, call: Callable[[dict[str, tf.Tensor]], Any]) -> None:
        self._function = tf.function(call, reduce_retracing=True, autograph=False)
        self._is_traced = False

    def __call__(self, inputs: Mapping[str, tf.Tensor]) -> Any:
        """What the function gives for (batch, …) tensors."""
        tensors = dict(inputs)
        if not self._is_traced:
            specs = {
                name: tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype)
                for name, tensor in tensors.items()
            }
            self._function.get_concrete_function(specs)
            self._is_traced = True
        return self._function(tensors)
