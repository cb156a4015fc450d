"""What replicas share (sums of gradients and metrics), and what they must not (random numbers)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

__all__ = [
    "GradientAccumulator",
    "dense",
    "draw_by_replica",
    "sum_over_replicas",
    "sum_variables_over_replicas",
]


def sum_over_replicas(tensors: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Add up each tensor over all replicas of all workers; all of them must call it."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return list(tensors)
    return list(context.all_reduce(tf.distribute.ReduceOp.SUM, list(tensors)))


def sum_variables_over_replicas(
    strategy: tf.distribute.Strategy, variables: Sequence[keras.Variable]
) -> list[tf.Tensor]:
    """The sum of each variable over all replicas, with one reduction for all of them."""
    flat = strategy.run(
        lambda: tf.concat([tf.reshape(variable.value, [-1]) for variable in variables], axis=0)
    )
    summed = strategy.reduce(tf.distribute.ReduceOp.SUM, flat, axis=None)
    totals = tf.split(summed, [variable.shape.num_elements() for variable in variables])
    return [
        tf.reshape(total, variable.shape) for variable, total in zip(variables, totals, strict=True)
    ]


def dense(gradients: Sequence[Any]) -> list[tf.Tensor | None]:
    """Gradients without slices.

    Slices of an embedding's gradient name a row once for each time it was looked up: their norm is
    not the gradient's.
    """
    return [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in gradients]


class GradientAccumulator:
    """Sums of one replica's gradients, kept on that replica between calls of `strategy.run`.

    Args:
        variables: What the gradients belong to.
    """

    def __init__(self, variables: Sequence[keras.Variable]) -> None:
        # ON_READ: each replica keeps its own; nothing is communicated before `take`'s result is
        # summed.
        self._sums = [
            tf.Variable(
                tf.zeros(variable.shape, variable.dtype),
                trainable=False,
                synchronization=tf.VariableSynchronization.ON_READ,
                aggregation=tf.VariableAggregation.SUM,
            )
            for variable in variables
        ]

    def add(self, gradients: Sequence[tf.Tensor | None]) -> None:
        """Add one micro-batch's gradients, one for each variable; None adds nothing."""
        for total, gradient in zip(self._sums, gradients, strict=True):
            if gradient is not None:
                total.assign_add(gradient)

    def take(self) -> list[tf.Tensor]:
        """The sums; they begin at zero again."""
        taken = [tf.identity(total) for total in self._sums]
        with tf.control_dependencies(taken):
            for total in self._sums:
                total.assign(tf.zeros(total.shape, total.dtype))
        return taken


def draw_by_replica(network: keras.Model) -> None:
    """Let dropout and augmentation of `network` draw other numbers on each replica, reproducibly.

    Keras keeps one seed for each layer, the same on all replicas, so that all would drop the same
    units. The first replica draws what Keras draws; the others fold their number into the seed
    (Threefry fold-in, Salmon et al. 2011).
    """
    for layer in network._flatten_layers():
        for generator in layer._seed_generators:
            generator.next = functools.partial(_next_of_replica, generator)


def _next_of_replica(generator: keras.random.SeedGenerator, ordered: bool = True) -> Any:
    seed = keras.random.SeedGenerator.next(generator, ordered)
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return seed
    replica = tf.cast(context.replica_id_in_sync_group, seed.dtype)
    return tf.where(replica == 0, seed, tf.random.experimental.stateless_fold_in(seed, replica))
