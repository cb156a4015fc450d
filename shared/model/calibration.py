"""The TensorFlow twin of `shared.targets.calibration`, inside the deployed graph.

Maps of scores, and the rules of `calibration.json` (sets, abstention) that read what they give.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.targets.calibration import (
    PROBABILITY_FLOOR,
    Calibration,
    Isotonic,
    Temperature,
    Uncalibrated,
    VectorScaling,
    WidthFactors,
)

__all__ = ["calibrated_scores", "rule_outputs"]


def calibrated_scores(calibration: Calibration, scores: tf.Tensor) -> tf.Tensor:
    """Scores as the network emits them -> calibrated scores of the same shape and dtype.

    As `shared.targets.calibration.calibrate`.
    """
    match calibration:
        case Uncalibrated():
            return scores
        case Temperature():
            return scores / tf.constant(calibration.temperature, tf.float32)
        case VectorScaling():
            scales = tf.constant(calibration.scales, tf.float32)
            return scores * scales + tf.constant(calibration.shifts, tf.float32)
        case Isotonic():
            return _isotonic(calibration, scores)
        case WidthFactors():
            return _widened(calibration, scores)


def rule_outputs(
    record: CalibrationRecord, probabilities: tf.Tensor, class_index: tf.Tensor
) -> dict[str, tf.Tensor]:
    """The answers that need a rule.

    `in_set` (batch, classes) and `abstain` (batch,), both int32 with 1 for yes; none without
    rules.

    `in_set` marks the classes of the conformal set. `abstain` is 1 where the model is not sure
    enough for the error share that was asked for; always 1 if validation never reached that share.
    """
    if record.sets is None:
        return {}
    thresholds = tf.constant(record.sets.thresholds, tf.float32)
    num_classes = len(record.sets.thresholds)
    # The decided class belongs to every set: an empty one would say nothing to a client.
    decided = tf.one_hot(class_index, num_classes, on_value=True, off_value=False)
    inside = tf.logical_or(probabilities >= thresholds, decided)
    confidence = tf.gather(probabilities, class_index, axis=-1, batch_dims=1)
    # No threshold reached the error share that was asked for: 2 is above every probability.
    threshold = 2.0 if record.abstain_below is None else record.abstain_below
    return {
        "in_set": tf.cast(inside, tf.int32),
        # "Not reached" instead of "below": NaN must not pass for certain.
        "abstain": tf.cast(tf.logical_not(confidence >= threshold), tf.int32),
    }


def _isotonic(calibration: Isotonic, scores: tf.Tensor) -> tf.Tensor:
    probabilities = tf.nn.softmax(scores, axis=-1)
    maps = zip(calibration.knots, calibration.values, strict=True)
    mapped = [
        _interpolate(probabilities[:, index], knots, values)
        for index, (knots, values) in enumerate(maps)
    ]
    stacked = tf.stack(mapped, axis=-1)  # (batch, classes)
    return tf.math.log(tf.maximum(stacked, PROBABILITY_FLOOR))


def _interpolate(
    positions: tf.Tensor, knots: tuple[float, ...], values: tuple[float, ...]
) -> tf.Tensor:
    """Linear between knots, constant outside: the sum of what each segment adds.

    As `np.interp`, which TensorFlow lacks, from operations that every server has.
    """
    result = tf.fill(tf.shape(positions), tf.constant(values[0], tf.float32))
    for left, right, low, high in zip(knots, knots[1:], values, values[1:], strict=False):
        width = right - left
        slope = (high - low) / width
        result += slope * tf.clip_by_value(positions - left, 0.0, width)
    return result


def _widened(calibration: WidthFactors, scores: Any) -> tf.Tensor:
    factors = tf.constant(calibration.factors, scores.dtype)[..., None]  # (steps, channels, 1)
    quantiles = tf.sort(scores[..., 1:], axis=-1)
    # The median; of an even number of levels the middle between the two inner ones.
    lower = (quantiles.shape[-1] - 1) // 2
    upper = quantiles.shape[-1] // 2
    centre = (quantiles[..., lower, None] + quantiles[..., upper, None]) / 2.0
    widened = centre + factors * (quantiles - centre)
    if any(calibration.never_negative):
        widened = tf.maximum(widened, np.where(calibration.never_negative, 0.0, -np.inf)[:, None])
    return tf.concat([scores[..., :1], widened], axis=-1)  # the mean stays where it is
