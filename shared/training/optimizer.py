"""AdamW whose steps do not depend on how many replicas share a batch."""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["ReplicaInvariantAdamW"]


@keras.saving.register_keras_serializable(package="plumbline")
class ReplicaInvariantAdamW(keras.optimizers.AdamW):
    """AdamW (Loshchilov & Hutter 2019) on a gradient that is already summed over all replicas, as `TrainableModel` gives it.

    Keras 3.15 clips each replica's share of the gradient, and looks for infinities in it, and then
    adds the shares up. A share is smaller than the sum, so more replicas meant less clipping; and
    workers that disagree about infinities wait for each other for ever.
    """

    def _all_reduce_sum_gradients(self, grads_and_vars: Any) -> Any:
        return list(grads_and_vars)  # nothing left to add
