"""Losses of a student: the truth and a teacher's scores, weighed (Hinton et al. 2015).

Validation has labels without a teacher's scores and is judged by the truth alone, so that the epoch
that is kept is the best one for the task.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["TaughtAccuracy", "TaughtClasses", "TaughtForecasts"]


class TaughtClasses(keras.losses.Loss):
    """(1 - w) · truth + w · T² · cross-entropy of softened probabilities.

    With the teacher's logits t and the student's z the second is that of softmax(t / T) and
    softmax(z / T). Its gradient shrinks with 1 / T², hence the factor (section 2).

    Args:
        plain: Loss of class indices from logits, one number a row.
        weight: w in [0, 1].
        temperature: T > 0; above 1 the teacher's small probabilities speak louder.
    """

    def __init__(self, plain: keras.losses.Loss, weight: float, temperature: float) -> None:
        super().__init__(name="taught_classes")
        self.plain = plain
        self.weight = weight
        self.temperature = temperature

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(batch, 1 + classes): index, teacher's logits; or indices alone -> losses (batch,)."""
        if len(y_true.shape) == 1 or y_true.shape[-1] == 1:
            return self.plain.call(y_true, y_pred)
        of_truth = self.plain.call(y_true[:, 0], y_pred)
        soft = ops.softmax(y_true[:, 1:] / self.temperature, axis=-1)
        logs = ops.log_softmax(y_pred / self.temperature, axis=-1)
        of_teacher = -(self.temperature**2) * ops.sum(soft * logs, axis=-1)
        return (1.0 - self.weight) * of_truth + self.weight * of_teacher


class TaughtForecasts(keras.losses.Loss):
    """(1 - w) · truth + w · mean squared distance from the teacher's mean and quantiles.

    In standard deviations of the series, level with level; where the truth was not observed the
    teacher says nothing either, for the labels have no scale there.

    Args:
        plain: `ForecastLoss`.
        weight: w in [0, 1].
    """

    def __init__(self, plain: keras.losses.Loss, weight: float) -> None:
        super().__init__(name="taught_forecasts", dtype="float64")
        self.plain = plain
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(batch, steps, channels, 2 + levels): `encode_forecasts`, then scores -> (batch,)."""
        labels = y_true[..., :2]
        of_truth = self.plain.call(labels, y_pred)
        if y_true.shape[-1] == 2:
            return of_truth
        weights = labels[..., 1:]  # (batch, steps, channels, 1)
        apart = (y_true[..., 2:] - ops.cast(y_pred, y_true.dtype)) * weights
        observed = ops.cast(weights[..., 0] > 0, apart.dtype)
        num_observed = ops.maximum(ops.sum(observed, axis=(1, 2)), 1.0)
        squares = ops.sum(ops.mean(ops.square(apart), axis=-1), axis=(1, 2))
        return (1.0 - self.weight) * of_truth + self.weight * squares / num_observed


class TaughtAccuracy(keras.metrics.SparseCategoricalAccuracy):
    """Accuracy against the truth, whether or not labels carry a teacher's logits."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """As of `SparseCategoricalAccuracy`, of the first column."""
        truth = y_true[:, :1] if len(y_true.shape) > 1 else y_true
        return super().update_state(truth, y_pred, sample_weight)
