"""Losses of classes: the plain cross-entropy, and those for rare or hard classes.

All take natural logits, whose softmax is the probability in data like those of training. A training
that treats classes alike learns other ones, which lack the log shares of the classes; they are
taken off here and put back by `with_class_shares`, so that what the network emits keeps its
meaning for calibration, sets and costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["BalancedLoss", "FocalCrossEntropy", "SmoothedCrossEntropy", "with_class_shares"]


class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of class indices from logits, with label smoothing.

    With a smoothing ε and K classes the true class weighs 1 - ε + ε/K and every other ε/K (Szegedy
    et al. 2016, section 7). Keras' sparse cross-entropy has no smoothing, hence the one-hot labels.

    Args:
        num_classes: K.
        smoothing: ε in [0, 1); 0 is the plain cross-entropy.
    """

    def __init__(self, num_classes: int, smoothing: float) -> None:
        super().__init__(name="cross_entropy")
        self.num_classes = num_classes
        self.smoothing = smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Class indices (batch,) and logits (batch, classes) -> losses (batch,)."""
        labels = _one_hot(y_true, self.num_classes)
        return keras.losses.categorical_crossentropy(
            labels, y_pred, from_logits=True, label_smoothing=self.smoothing
        )


class FocalCrossEntropy(keras.losses.Loss):
    """Cross-entropy in which sure rows count little: (1 - p)^γ times that of each label.

    Lin et al. 2017, eq. 4, with label smoothing as in `SmoothedCrossEntropy`.

    Args:
        num_classes: K.
        smoothing: ε in [0, 1).
        gamma: γ >= 0; 0 is the cross-entropy.
    """

    def __init__(self, num_classes: int, smoothing: float, gamma: float) -> None:
        super().__init__(name="focal")
        self.num_classes = num_classes
        self.smoothing = smoothing
        self.gamma = gamma

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Class indices (batch,) and logits (batch, classes) -> losses (batch,)."""
        labels = _one_hot(y_true, self.num_classes)
        labels = labels * (1.0 - self.smoothing) + self.smoothing / self.num_classes
        logs = ops.log_softmax(y_pred, axis=-1)
        # Not 1 - p itself: at p = 1 the gradient of a power below 1 is infinite.
        rest = ops.maximum(-ops.expm1(logs), 1e-7)
        return -ops.sum(labels * rest**self.gamma * logs, axis=-1)


class BalancedLoss(keras.losses.Loss):
    """Another loss, seen as if all classes were equally frequent.

    Args:
        inner: A loss of class indices from logits, one number a row.
        log_shares: (classes,) log π in training, taken off the natural logits.
        weights: (classes,) of a row by its true class; None where the data are drawn so that
            classes already count alike.
    """

    def __init__(
        self,
        inner: keras.losses.Loss,
        log_shares: Sequence[float],
        weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__(name=f"balanced_{inner.name}")
        self.inner = inner
        self.log_shares = np.asarray(log_shares, np.float32)
        self.weights = None if weights is None else np.asarray(weights, np.float32)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Class indices (batch,) and natural logits (batch, classes) -> losses (batch,)."""
        losses = self.inner.call(y_true, y_pred - self.log_shares)
        if self.weights is None:
            return losses
        return losses * ops.matmul(_one_hot(y_true, len(self.weights)), self.weights)


def with_class_shares(network: keras.Model, log_shares: Sequence[float]) -> keras.Model:
    """The network, to whose logits the log shares of the classes are added.

    Its layers stay at the top level, where `with_last_features` finds them.

    Args:
        network: Tensors -> logits (batch, classes).
        log_shares: (classes,) log π in training.
    """
    # float32 whatever the training computes in: scores lose no digits.
    add = keras.layers.Rescaling(1.0, list(log_shares), dtype="float32", name="class_shares")
    return keras.Model(network.input, add(network.output), name=network.name)


def _one_hot(y_true: Any, num_classes: int) -> Any:
    indices = ops.cast(ops.reshape(y_true, (-1,)), "int32")
    return ops.one_hot(indices, num_classes)  # (batch, classes)
