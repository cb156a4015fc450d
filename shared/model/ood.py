"""The TensorFlow twin of `shared.targets.ood` and `shared.run.artefacts.feature_distance`.

How strange a row is, inside the graph.
"""

from __future__ import annotations

import tensorflow as tf

from shared.errors import ContractError
from shared.run.artefacts.feature_distance import FeatureDistance
from shared.targets.ood import UnfamiliarRule

__all__ = ["unfamiliar_outputs"]


def unfamiliar_outputs(
    rule: UnfamiliarRule | None,
    familiar: FeatureDistance | None,
    scores: tf.Tensor,
    features: tf.Tensor | None,
) -> dict[str, tf.Tensor]:
    """`unfamiliarity` (batch,) float32, larger is stranger, and `is_unfamiliar` (batch,) int32 with 1 for yes; none without a rule.

    Args:
        rule: What validation chose.
        familiar: What features of the training part are like; needed by a rule on distances.
        scores: (batch, *target.shape) float32, as the network emits them.
        features: (batch, features) float32.

    Raises:
        ContractError: The rule needs features that are not there.
    """
    if rule is None:
        return {}
    if rule.score == "energy":
        unfamiliarity = -tf.reduce_logsumexp(scores, axis=-1)
    elif (
        familiar is not None
        and features is not None
        and features.shape[-1] == len(familiar.whitening)
    ):
        unfamiliarity = _distance(familiar, features)
    else:
        known, given = (
            0 if familiar is None else len(familiar.whitening),
            0 if features is None else features.shape[-1],
        )
        raise ContractError(
            "calibration.json calls rows unfamiliar by their features, but"
            f" predictions/familiar.parquet knows {known} of them and the network gives {given}."
            " Make both again with --stages predict,calibrate."
        )
    return {
        "unfamiliarity": unfamiliarity,
        "is_unfamiliar": tf.cast(unfamiliarity > rule.threshold, tf.int32),
    }


def _distance(familiar: FeatureDistance, features: tf.Tensor) -> tf.Tensor:
    white = tf.matmul(features, tf.constant(familiar.whitening))
    # One class after the other: all at once would take classes times the memory of a batch.
    distances = [
        tf.reduce_mean(tf.square(white - tf.constant(centre)), axis=-1)
        for centre in familiar.centres
    ]
    return tf.reduce_min(tf.stack(distances), axis=0)
