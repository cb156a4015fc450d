"""How long training waits for data.

Measured where the loop takes its next batch, inside the graph.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import tensorflow as tf

__all__ = ["WaitClock", "measure_wait_share"]


class WaitClock:
    """Takes batches from an iterator and adds up how long each one was not there yet.

    It works eagerly and in a `tf.function`, and with the iterators of every strategy. On a GPU it
    is the host that waits: steps still queued on the device may go on meanwhile, so that the device
    may wait less.

    Args:
        deterministic: Whether TensorFlow was asked for deterministic operations, which then refuses
            to look at its own clock. Looking at Python's takes 50 µs for each batch; TensorFlow's
            takes next to nothing.
    """

    def __init__(self, *, deterministic: bool = True) -> None:
        self._deterministic = deterministic
        with tf.device("CPU:0"):
            self._seconds = tf.Variable(
                0.0, trainable=False, dtype=tf.float64, name="seconds_waited"
            )

    def next_batch(self, iterator: Any) -> Any:
        """What `iterator.get_next()` returns."""
        before = self._time()
        with tf.control_dependencies([before]):
            batch = iterator.get_next()
        with (
            tf.device("CPU:0"),
            tf.control_dependencies(tf.nest.flatten(batch, expand_composites=True)),
        ):
            # The clock of the day may be set back.
            self._seconds.assign_add(tf.maximum(self._time() - before, 0.0))
        return batch

    @property
    def seconds(self) -> float:
        """Seconds waited so far."""
        return float(self._seconds.numpy())

    def _time(self) -> tf.Tensor:
        """Seconds since some moment, float64."""
        with tf.device("CPU:0"):
            if not self._deterministic:
                return tf.timestamp()
            if tf.executing_eagerly():
                return tf.constant(time.perf_counter(), tf.float64)
            return tf.numpy_function(lambda: np.float64(time.perf_counter()), [], tf.float64)


def measure_wait_share(
    dataset: tf.data.Dataset, step: Any, *, num_steps: int, num_warmup_steps: int = 1
) -> float:
    """The share of the time, in [0, 1], that a loop of `step(batch)` spends waiting for `dataset`.

    Args:
        dataset: At least `num_steps + num_warmup_steps` batches.
        step: What is done with each batch; it returns when it is done.
        num_steps: Steps that count.
        num_warmup_steps: Steps before them, which trace graphs and fill buffers.
    """
    clock, iterator = WaitClock(), iter(dataset)
    for _ in range(num_warmup_steps):
        step(clock.next_batch(iterator))
    started, waited = time.perf_counter(), clock.seconds
    for _ in range(num_steps):
        step(clock.next_batch(iterator))
    return (clock.seconds - waited) / (time.perf_counter() - started)
