"""Group distributionally robust optimisation.

Minimise the loss of the group that fares worst (Sagawa et al. 2020).
"""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

from shared.networks.mixing import collecting_mixtures
from shared.training.distribution.replicas import dense, sum_over_replicas
from shared.training.mixed_labels import Judged
from shared.training.trainable import TrainableModel

__all__ = ["GroupDroModel", "WorstGroupLoss"]


class GroupDroModel(TrainableModel):
    """Trains on Σ q_g L_g, with weights q that follow the groups' losses L_g.

    As algorithm 1 of Sagawa et al. 2020. With each step q_g is multiplied by exp(η_q L_g) and q
    made to sum up to 1, then the gradient of Σ q_g L_g is followed. L_g is the mean over the rows
    of group g on all replicas, so that one replica and several find the same. The third part of a
    batch is the code of each row's group, from 0; rows with a negative code count as in any other
    training, by their share of the batch.

    Args:
        network: As for `TrainableModel`.
        num_groups: How many codes there are.
        step_size: η_q.
        options: Of `TrainableModel`, without accumulation and XLA: q needs the losses of a whole
            batch before its first gradient.
    """

    def __init__(
        self, network: keras.Model, *, num_groups: int, step_size: float, **options: Any
    ) -> None:
        super().__init__(network, **options)
        self._num_groups = num_groups
        self._step_size = step_size
        # A variable of the model, so that checkpoints hold it. Logarithms: products of many small
        # weights would vanish.
        self._log_weights = self.add_weight(
            shape=(num_groups,),
            initializer=keras.initializers.Constant(-math.log(num_groups)),
            dtype="float32",
            trainable=False,
            aggregation="only_first_replica",  # all replicas compute the same
            name="log_group_weights",
        )
        self._worst = WorstGroupLoss(num_groups)

    @property
    def group_weights(self) -> tf.Tensor:
        """(groups,) float32 q, which sums up to 1."""
        return tf.exp(self._log_weights.value)

    def train_step(self, data: Any) -> None:
        """One step of q, then one optimizer step, on one replica's share of a batch."""
        x, y, codes = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            with collecting_mixtures() as mixtures:
                scores = self(x, training=True)
            judged = Judged.by(mixtures)
            labels = judged.labels(y)
            seen = judged.scores(scores)
            with tape.stop_recording():
                losses = self._row_losses(labels, seen)
                shares = judged.weights(tf.ones_like(codes, tf.float32))
                members = self._members(judged.labels(codes)) * shares[:, None]
                weights = self._follow(members, losses, shares)
            loss = self.compute_loss(
                x=x, y=labels, y_pred=seen, sample_weight=weights, training=True
            )
            objective = self.optimizer.scale_loss(loss)
        gradients = tape.gradient(objective, self.trainable_variables)
        plain = self.compute_loss(x=x, y=labels, y_pred=seen, sample_weight=judged.weights())
        self._count(x, judged.mostly(y), None, scores, plain)
        self._worst.update_state(losses, members)
        self._apply(dense(gradients))

    def _judge(self, x: Any, y: Any, weight: Any) -> None:
        scores = self(x, training=False)
        self._count(x, y, None, scores, self.compute_loss(x=x, y=y, y_pred=scores))
        self._worst.update_state(self._row_losses(y, scores), self._members(weight))

    def _members(self, codes: tf.Tensor) -> tf.Tensor:
        """(rows, groups) float32: 1 where the row is of the group."""
        return tf.one_hot(codes, self._num_groups)  # all 0 for a negative code

    def _row_losses(self, y: Any, scores: Any) -> tf.Tensor:
        return tf.cast(self.loss.call(y, scores), tf.float32)  # (rows,), not yet averaged

    def _follow(self, members: tf.Tensor, losses: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
        """Update q by the losses of the batch on all replicas.

        Args:
            members: (rows, groups) what each row counts for in its group.
            losses: (rows,) of each.
            shares: (rows,) what each counts for, 1 on average.

        Returns:
            (rows,) weights whose weighted mean loss over the batch is Σ q_g L_g.
        """
        own_totals = tf.linalg.matvec(members, losses, transpose_a=True)  # (groups,)
        own_counts = tf.reduce_sum(members, axis=0)
        totals, counts = sum_over_replicas([own_totals, own_counts])
        # L_g; 0 for a group that the batch lacks, as in the authors' code.
        group_losses = tf.math.divide_no_nan(totals, counts)
        # q_g ← q_g exp(η_q L_g) / Σ, on logarithms.
        log_weights = tf.nn.log_softmax(self._log_weights.value + self._step_size * group_losses)
        self._log_weights.assign(log_weights)
        # Each of the n_g rows of a group weighs N q_g / n_g, so that the mean over N rows is
        # Σ q_g L_g; a row without a group weighs 1.
        by_group = tf.math.divide_no_nan(tf.reduce_sum(counts) * tf.exp(log_weights), counts)
        return tf.linalg.matvec(members, by_group) + shares - tf.reduce_sum(members, axis=1)


class WorstGroupLoss(keras.metrics.Metric):
    """The largest mean loss of a group over all rows seen; NaN before any row of a group was."""

    def __init__(self, num_groups: int) -> None:
        super().__init__(name="worst_group_loss")
        self._totals = self.add_variable((num_groups,), initializer="zeros", name="totals")
        self._counts = self.add_variable((num_groups,), initializer="zeros", name="counts")

    def update_state(self, losses: tf.Tensor, members: tf.Tensor) -> None:
        """Count (rows,) losses of rows, by what they count for in their groups, (rows, groups)."""
        self._totals.assign_add(tf.linalg.matvec(members, losses, transpose_a=True))
        self._counts.assign_add(tf.reduce_sum(members, axis=0))

    def result(self) -> tf.Tensor:
        """() float32."""
        counts = self._counts.value
        means = self._totals.value / tf.maximum(counts, 1.0)
        seen = tf.boolean_mask(means, counts > 0)
        return tf.cond(
            tf.size(seen) > 0, lambda: tf.reduce_max(seen), lambda: tf.constant(float("nan"))
        )
