"""Where the time of training goes: how fast it is, how long it waits for data, what is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

__all__ = ["TrainingClock", "WaitClock", "measure_wait_share"]


class WaitClock:
    """Takes batches from an iterator and adds up how long each one was not there yet.

    It measures where the loop takes its next batch, inside the graph: how long data take to make
    says nothing, as they may be made ahead. It works eagerly and in a `tf.function`, and with the
    iterators of every strategy. On a GPU it is the host that waits: steps still queued on the
    device may go on meanwhile, so that the device may wait less.

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
        arrived = tf.nest.flatten(batch, expand_composites=True)
        with tf.device("CPU:0"), tf.control_dependencies(arrived):
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


@dataclass
class _Counted:
    """Time that counts, and what was done in it."""

    seconds: float = 0.0
    seconds_waited: float = 0.0
    num_steps: int = 0


class TrainingClock(keras.callbacks.Callback):
    """Times the steps of training.

    Validation does not count, nor does the first execution, which traces the graph.

    Args:
        batch_size: Examples in one step.
        waiting: The clock by which batches are taken.
        now: Seconds since some moment.
    """

    def __init__(
        self, batch_size: int, waiting: WaitClock, now: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__()
        self._batch_size = batch_size
        self._waiting = waiting
        self._now = now
        self._counted = _Counted()
        self._since: float | None = None
        self._waited_until = 0.0
        self._first_step = 0
        self._steps_left = 0
        self._began: tuple[float, int] | None = None
        self._epoch = 0
        self.num_examples_seen = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Time counts from here, unless nothing has run yet."""
        self._epoch = epoch
        if self._since is not None:
            self._since = self._now()

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the first step of the execution."""
        self._first_step = batch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Counts the execution that is over."""
        now = self._now()
        waited = self._waiting.seconds
        num_steps = batch - self._first_step + 1
        self.num_examples_seen += num_steps * self._batch_size
        epochs_left = int(self.params["epochs"]) - self._epoch
        self._steps_left = int(self.params["steps"]) * epochs_left - batch - 1
        if self._since is None:
            self._began = (now, self._steps_left)
        else:
            self._counted.seconds += now - self._since
            self._counted.seconds_waited += waited - self._waited_until
            self._counted.num_steps += num_steps
        self._since = now
        self._waited_until = waited

    @property
    def wait_share(self) -> float | None:
        """The share of training time, in [0, 1], spent waiting for the next batch.

        None before anything was counted.
        """
        counted = self._counted
        return min(1.0, counted.seconds_waited / counted.seconds) if counted.seconds > 0 else None

    @property
    def examples_per_second(self) -> float | None:
        """Training examples per second of training time; None before anything was counted."""
        counted = self._counted
        if counted.seconds <= 0:
            return None
        return counted.num_steps * self._batch_size / counted.seconds

    @property
    def seconds_left(self) -> float | None:
        """How long all epochs will take at the speed so far, validation included.

        Patience may end them earlier.
        """
        if self._began is None:
            return None
        began, steps_left_then = self._began
        steps_done = steps_left_then - self._steps_left
        if steps_done == 0:
            return None
        return self._steps_left * (self._now() - began) / steps_done

    def state(self) -> dict[str, Any]:
        """What a resumed training must know, as plain JSON."""
        return asdict(self._counted) | {"num_examples_seen": self.num_examples_seen}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state()` returned."""
        self._counted = _Counted(
            seconds=state["seconds"],
            seconds_waited=state["seconds_waited"],
            num_steps=state["num_steps"],
        )
        self.num_examples_seen = state["num_examples_seen"]


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
    clock = WaitClock()
    iterator = iter(dataset)
    for _ in range(num_warmup_steps):
        step(clock.next_batch(iterator))
    started = time.perf_counter()
    waited_before = clock.seconds
    for _ in range(num_steps):
        step(clock.next_batch(iterator))
    waited = clock.seconds - waited_before
    return waited / (time.perf_counter() - started)
