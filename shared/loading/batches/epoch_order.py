"""In which order an epoch shows its examples.

A function of seed and epoch alone, so that it never has to be saved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.errors import ContractError

__all__ = ["DrawCounts", "group_by_length", "order_of_epoch"]

_WINDOW_BATCHES = 50
"""Rows of so many batches are sorted among themselves: enough to find rows of one length, few
enough that batches stay mixed (as many as Hugging Face's Trainer takes for `group_by_length`)."""


@dataclass(frozen=True)
class DrawCounts:
    """How many examples of each stratum an epoch shows, whatever their number in the data.

    Within a stratum all examples are shown equally often, to one: those of a rare one several
    times, those of a frequent one in turns, since each epoch draws its own.

    Attributes:
        strata: (n,) int64, the stratum of each example, from 0.
        shown: (strata,) int64; they add up to n, so that an epoch keeps its length, and are 0 for a
            stratum without examples.
    """

    strata: NDArray[np.int64]
    shown: NDArray[np.int64]

    def __post_init__(self) -> None:
        sizes = np.bincount(self.strata, minlength=len(self.shown))
        if (
            self.shown.sum() != len(self.strata)
            or len(sizes) > len(self.shown)
            or (self.shown[sizes == 0] > 0).any()
        ):
            raise ContractError(
                "Draw counts must add up to the examples that strata have, received"
                f" {self.shown} for sizes {sizes}."
            )

    def slots(self) -> NDArray[np.int64]:
        """(n,) int64 positions in a list of all examples that is sorted by stratum."""
        sizes = np.bincount(self.strata, minlength=len(self.shown))
        starts = np.cumsum(sizes) - sizes
        return np.concatenate(
            [
                start + np.arange(shown) % max(size, 1)
                for start, shown, size in zip(starts, self.shown, sizes, strict=True)
            ]
        )


def order_of_epoch(
    num_examples: int, seed: int, epoch: tf.Tensor, draw_counts: DrawCounts | None = None
) -> tf.Tensor:
    """The examples of one epoch, in their order.

    Args:
        num_examples: In the split.
        seed: Decides the order, together with the epoch.
        epoch: () int64, from 0.
        draw_counts: None shows each example once.

    Returns:
        (num_examples,) int64 indices.
    """
    key = tf.stack([tf.constant(seed, tf.int64), epoch])
    shuffled = tf.random.experimental.stateless_shuffle(
        tf.range(num_examples, dtype=tf.int64), seed=key
    )
    if draw_counts is None:
        return shuffled
    strata = tf.gather(tf.constant(draw_counts.strata), shuffled)
    by_stratum = tf.gather(shuffled, tf.argsort(strata, stable=True))  # in random order within each
    drawn = tf.gather(by_stratum, tf.constant(draw_counts.slots()))
    return tf.random.experimental.stateless_shuffle(
        drawn, seed=tf.random.experimental.stateless_fold_in(key, 1)
    )


def group_by_length(
    order: tf.Tensor,
    row_lengths: NDArray[np.int64],
    *,
    batch_size: int,
    seed: int,
    epoch: tf.Tensor,
) -> tf.Tensor:
    """The same epoch with rows of like length side by side, its batches in random order.

    Args:
        order: (n,) int64 indices, of `order_of_epoch`.
        row_lengths: (rows,) of all examples.
        batch_size: Examples in a batch.
        seed: As of `order_of_epoch`.
        epoch: () int64, from 0.

    Returns:
        (n,) int64 without the rest that fills no batch, which is a random one, not the longest.
    """
    num_batches = int(order.shape[0]) // batch_size
    kept = order[: num_batches * batch_size]
    windows = tf.range(num_batches * batch_size, dtype=tf.int64) // (_WINDOW_BATCHES * batch_size)
    ranks = windows * (int(row_lengths.max()) + 1) + tf.gather(tf.constant(row_lengths), kept)
    by_length = tf.gather(kept, tf.argsort(ranks, stable=True))
    batches = tf.reshape(by_length, (num_batches, batch_size))
    key = tf.stack([tf.constant(seed, tf.int64), epoch])
    shuffled = tf.random.experimental.stateless_shuffle(
        batches, seed=tf.random.experimental.stateless_fold_in(key, 2)
    )
    return tf.reshape(shuffled, [-1])
