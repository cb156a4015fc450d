"""Where the time of training goes.

How fast it is, how much of it is waiting for data, and how much is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import keras

from shared.training.watching.waiting import WaitClock

__all__ = ["TrainingClock"]


class TrainingClock(keras.callbacks.Callback):
    """Times the steps of training, apart from validation and from the first execution, which traces the graph.

    Args:
        batch_size: Examples in one step.
        waiting: The clock by which batches are taken.
        now: Seconds since some moment.
    """

    def __init__(
        self, batch_size: int, waiting: WaitClock, now: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__()
        self._batch_size, self._waiting, self._now = batch_size, waiting, now
        self._seconds = self._waited = 0.0
        self._num_steps = 0
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
        now, waited = self._now(), self._waiting.seconds
        self.num_examples_seen += (batch - self._first_step + 1) * self._batch_size
        self._steps_left = (
            int(self.params["steps"]) * (int(self.params["epochs"]) - self._epoch) - batch - 1
        )
        if self._since is None:
            self._began = (now, self._steps_left)
        else:
            self._seconds += now - self._since
            self._waited += waited - self._waited_until
            self._num_steps += batch - self._first_step + 1
        self._since, self._waited_until = now, waited

    @property
    def wait_share(self) -> float | None:
        """The share of training time, in [0, 1], spent waiting for the next batch.

        None before anything was counted.
        """
        return min(1.0, self._waited / self._seconds) if self._seconds > 0 else None

    @property
    def examples_per_second(self) -> float | None:
        """Training examples per second of training time; None before anything was counted."""
        return self._num_steps * self._batch_size / self._seconds if self._seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """How long all epochs will take at the speed so far, validation included.

        Patience may end them earlier.
        """
        if self._began is None or self._steps_left == self._began[1]:
            return None
        began, steps_left_then = self._began
        return self._steps_left * (self._now() - began) / (steps_left_then - self._steps_left)

    def state(self) -> dict[str, Any]:
        """What a resumed training must know, as plain JSON."""
        return {
            "seconds": self._seconds,
            "seconds_waited": self._waited,
            "num_steps": self._num_steps,
            "num_examples_seen": self.num_examples_seen,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state()` returned."""
        self._seconds, self._waited, self._num_steps = (
            state["seconds"],
            state["seconds_waited"],
            state["num_steps"],
        )
        self.num_examples_seen = state["num_examples_seen"]
