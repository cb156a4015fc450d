"""The Keras twin of `shared.targets.categories`: how classes are learned and served."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from shared.contract import Examples
from shared.model.decision import decided_classes
from shared.targets.decision import DecisionRule

__all__ = ["encode_classes", "served_classes"]


def encode_classes(examples: Examples) -> NDArray[np.int32]:
    """Class indices (n,) int32, as losses compare them with logits."""
    return examples.targets.astype(np.int32)


def served_classes(scores: Any, rule: DecisionRule) -> dict[str, Any]:
    """Calibrated logits (batch, classes) -> `probabilities` of that shape and `class_index`."""
    return {
        "probabilities": ops.softmax(ops.cast(scores, "float32"), axis=-1),
        "class_index": decided_classes(scores, rule),
    }
