"""The TensorFlow twin of `shared.targets.ood` and `shared.run.artefacts.feature_distance`.

How strange a row is, inside the graph.
"""

from __future__ import annotations

import tensorflow as tf

from shared.errors import ContractError
from shared.run.artefacts.feature_distance import FeatureDistance
from shared.targets.ood import OodRule

__all__ = ["ood_outputs"]


def ood_outputs(
    rule: OodRule | None,
    feature_statistics: FeatureDistance | None,
    scores: tf.Tensor,
    features: tf.Tensor | None,
) -> dict[str, tf.Tensor]:
    """`ood_score` (batch,) float32, larger is stranger, and `is_ood` (batch,) int32 with 1 for yes; none without a rule.

    Args:
        rule: What validation chose.
        feature_statistics: What features of the training split are like; needed by a rule on distances.
        scores: (batch, *target.shape) float32, as the network emits them.
        features: (batch, features) float32.

    Raises:
        ContractError: The rule needs features that are not there.
    """
    if rule is None:
        return {}
    if rule.score == "energy":
        ood_score = -tf.reduce_logsumexp(scores, axis=-1)
    elif (
        feature_statistics is not None
        and features is not None
        and features.shape[-1] == len(feature_statistics.whitening)
    ):
        ood_score = _distance(feature_statistics, features)
    else:
        known, given = (
            0 if feature_statistics is None else len(feature_statistics.whitening),
            0 if features is None else features.shape[-1],
        )
        raise ContractError(
            "calibration.json calls rows unfamiliar by their features, but"
            f" predictions/feature_statistics.parquet knows {known} of them and the network gives {given}."
            " Make both again with --stages predict,calibrate."
        )
    return {
        "ood_score": ood_score,
        "is_ood": tf.cast(ood_score > rule.threshold, tf.int32),
    }


def _distance(feature_statistics: FeatureDistance, features: tf.Tensor) -> tf.Tensor:
    white = tf.matmul(features, tf.constant(feature_statistics.whitening))
    # One class after the other: all at once would take classes times the memory of a batch.
    distances = [
        tf.reduce_mean(tf.square(white - tf.constant(centre)), axis=-1)
        for centre in feature_statistics.centres
    ]
    return tf.reduce_min(tf.stack(distances), axis=0)
