"""Labels that carry a teacher's scores, and the loss that reads both."""

from __future__ import annotations

from typing import Any, assert_never

import keras
import numpy as np
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.model.target import loss
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Scores
from shared.training.teaching.taught_losses import TaughtClasses, TaughtForecasts

__all__ = ["taught_labels", "taught_loss"]


def taught_labels(target: Target, labels: NDArray[Any], scores: Scores) -> NDArray[Any]:
    """The teacher's scores beside the labels of the same rows, along the last axis.

    Args:
        target: What is predicted.
        labels: As `encode_targets` gives them.
        scores: (n, *target.shape).

    Returns:
        Categories: (n, 1 + classes) float32. Horizon: (n, steps, channels, 2 + levels) float64.
    """
    match target:
        case Categories():
            return np.concatenate([labels[:, None], scores], axis=1, dtype=np.float32)
        case Horizon():
            return np.concatenate([labels, scores], axis=-1, dtype=np.float64)
        case _:
            assert_never(target)


def taught_loss(
    target: Target, config: TrainConfig, class_loss: keras.losses.Loss | None
) -> keras.losses.Loss:
    """The loss of such labels, and of plain ones.

    Args:
        target: What is predicted.
        config: Weight and temperature.
        class_loss: Of the truth, where it is not the usual one of the kind of target.
    """
    plain = class_loss or loss(target, config.label_smoothing)
    match target:
        case Categories():
            return TaughtClasses(plain, config.teacher_weight, config.teacher_temperature)
        case Horizon():
            return TaughtForecasts(plain, config.teacher_weight)
        case _:
            assert_never(target)
