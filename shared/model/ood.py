"""The TensorFlow twin of `shared.targets.ood`, inside the deployed graph.

Distances are those of `shared.run.artefacts.feature_distance`, which fits them.
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
    """How unlike the training data each row is; nothing without a rule.

    Args:
        rule: What validation chose.
        feature_statistics: What features of the training split are like; a rule on distances needs
            them.
        scores: (batch, *target.shape) float32, as the network emits them.
        features: (batch, features) float32.

    Returns:
        `ood_score` (batch,) float32, larger is stranger, and `is_ood` (batch,) int32, 1 for yes.

    Raises:
        ContractError: The rule needs features that are not there.
    """
    if rule is None:
        return {}
    if rule.score == "energy":
        # Energy -log Σ exp(logit) (Liu et al. 2020, eq. 4): high where no logit is.
        ood_score = -tf.reduce_logsumexp(scores, axis=-1)
    else:
        ood_score = _distance(*_require_features(feature_statistics, features))
    # "Not below" instead of "above": NaN must not pass for in-distribution.
    is_ood = tf.logical_not(ood_score <= rule.threshold)
    return {"ood_score": ood_score, "is_ood": tf.cast(is_ood, tf.int32)}


def _require_features(
    feature_statistics: FeatureDistance | None, features: tf.Tensor | None
) -> tuple[FeatureDistance, tf.Tensor]:
    num_known = 0 if feature_statistics is None else len(feature_statistics.whitening)
    num_given = 0 if features is None else features.shape[-1]
    if feature_statistics is None or features is None or num_known != num_given:
        raise ContractError(
            "calibration.json calls rows OOD by their features, but"
            f" predictions/feature_statistics.parquet knows {num_known} of them and the network"
            f" gives {num_given}. Make both again: stages predict and calibrate."
        )
    return feature_statistics, features


def _distance(feature_statistics: FeatureDistance, features: tf.Tensor) -> tf.Tensor:
    # Mahalanobis' distance: after whitening by the inverse root of the covariance it is Euclid's.
    white = tf.matmul(features, tf.constant(feature_statistics.whitening))
    # One class after the other: all at once would take classes times the memory of a batch.
    distances = [
        tf.reduce_mean(tf.square(white - tf.constant(centre)), axis=-1)
        for centre in feature_statistics.centres
    ]
    return tf.reduce_min(tf.stack(distances), axis=0)
