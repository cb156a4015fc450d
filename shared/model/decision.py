"""The Keras twin of `shared.targets.decision`: which class the deployed graph decides for."""

from __future__ import annotations

from typing import Any, assert_never

import numpy as np
from keras import ops

from shared.targets.decision import (
    DecisionRule,
    LowestCost,
    MostProbable,
    PriorAdjusted,
    Screening,
)

__all__ = ["decided_classes"]


def decided_classes(scores: Any, rule: DecisionRule) -> Any:
    """Calibrated logits (batch, classes) -> the decided class of each row, (batch,) int32."""
    return ops.cast(ops.argmax(_favour(scores, rule), axis=-1), "int32")


def _favour(scores: Any, rule: DecisionRule) -> Any:
    """(batch, classes): what speaks for each class; the largest is decided for."""
    match rule:
        case MostProbable():
            return scores
        case PriorAdjusted():
            return scores + np.asarray(rule.offsets, np.float32)
        case LowestCost():
            shifted = scores + np.asarray(rule.offsets, np.float32)
            return -ops.matmul(ops.softmax(shifted, axis=-1), np.asarray(rule.costs, np.float32))
        case Screening():
            probabilities = ops.softmax(scores, axis=-1)
            is_screened = np.arange(scores.shape[-1]) == rule.class_index
            reached = ops.cast(probabilities >= rule.threshold, "float32")
            return ops.where(is_screened, 3.0 * reached - 1.0, probabilities)
        case _:
            assert_never(rule)
