"""AdamW whose steps do not depend on how many replicas share a batch."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

__all__ = ["ReplicaInvariantAdamW"]


@keras.saving.register_keras_serializable(package="plumbline")
class ReplicaInvariantAdamW(keras.optimizers.AdamW):
    """AdamW (Loshchilov & Hutter 2019) that clips the gradient of the whole batch.

    Keras 3.15 clips each replica's share of the gradient and adds the clipped shares up. A share is smaller than the sum, so more
    replicas meant less clipping: one step on two replicas was another one than on one. Here the shares are added first.
    """

    def _clip_gradients(self, grads: Any) -> Any:
        return grads  # clipped below, once they are those of the whole batch

    def _backend_update_step(self, grads: Any, trainable_variables: Any, learning_rate: Any) -> None:
        variables = [variable.value if isinstance(variable, keras.Variable) else variable for variable in trainable_variables]
        reduced = self._all_reduce_sum_gradients(list(zip(grads, variables, strict=True)))
        gradients, variables = [list(column) for column in zip(*reduced, strict=True)]
        if self.global_clipnorm:
            gradients, _ = tf.clip_by_global_norm(gradients, self.global_clipnorm)
        tf.__internal__.distribute.interim.maybe_merge_call(
            self._distributed_tf_update_step, self._distribution_strategy, list(zip(gradients, variables, strict=True)), learning_rate
        )
