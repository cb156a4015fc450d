"""The Keras twin of `shared.targets.categories`: how classes are learned and served."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from shared.contract import Examples
from shared.model.decision import decided_classes
from shared.targets.decision import DecisionRule

__all__ = ["SmoothedCrossEntropy", "encode_classes", "served_classes"]


def encode_classes(examples: Examples) -> NDArray[np.int32]:
    """Class indices (n,) int32, as `SmoothedCrossEntropy` compares them with logits."""
    return examples.targets.astype(np.int32)


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
        indices = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        labels = ops.one_hot(indices, self.num_classes)  # (batch, classes)
        return keras.losses.categorical_crossentropy(
            labels, y_pred, from_logits=True, label_smoothing=self.smoothing
        )


def served_classes(scores: Any, rule: DecisionRule) -> dict[str, Any]:
    """Calibrated logits (batch, classes) -> `probabilities` of that shape and `class_index`."""
    return {
        "probabilities": ops.softmax(ops.cast(scores, "float32"), axis=-1),
        "class_index": decided_classes(scores, rule),
    }
