"""When a training is saved, and how it stops when it is asked to.

A training that was interrupted anywhere and resumed ends with the same weights as one that never was: the order of the data follows
from seed and step, and everything else that changes is in the checkpoint.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import keras

from shared.errors import StoppedError
from shared.training.cadence import Cadence
from shared.training.checkpoint_files import format_size
from shared.training.signals import StopRequest
from shared.training.training_store import Position, TrainingStore
from shared.training.workers import Workers

__all__ = ["Checkpoints"]


class Checkpoints(keras.callbacks.Callback):
    """Saves after whole steps and whole epochs. Let it come last: it saves what the other callbacks have made of the step.

    Args:
        store: Where to.
        cadence: How often.
        workers: Who trains together; they save and stop at the same step.
        stop: Whether this process was asked to stop.
        resume_command: What a person types to go on after a stop.
        log: Is told how large checkpoints are.
    """

    def __init__(
        self,
        store: TrainingStore,
        cadence: Cadence,
        workers: Workers,
        stop: StopRequest,
        resume_command: str,
        log: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._store, self._cadence, self._workers, self._stop = store, cadence, workers, stop
        self._resume_command, self._log = resume_command, log
        self._start = Position()
        self._epoch = 0
        self._num_steps_saved = -1
        self.num_written = 0
        self.seconds_writing = 0.0

    def begin(self, *, resume: bool) -> Position:
        """Where `fit` must begin; as `TrainingStore.begin`."""
        self._start = self._store.begin(resume=resume)
        return self._start

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Puts everything back, now that Keras has made all variables."""
        self._store.put_into(self.model)
        num_steps = self._num_steps(self._start)
        self._num_steps_saved = num_steps
        self._workers.start(num_steps)
        self._cadence.start(num_steps)
        if self._start.epoch >= self.params["epochs"]:
            self._log("The training had finished: only its results are written again.")
        elif num_steps:
            self._log(f"Resuming {self._where(self._start)}.")

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Saves, if it is time to. After an epoch's last step it is too early: validation is part of the epoch."""
        if batch + 1 < self.params["steps"]:
            self._save_and_stop_if_asked(Position(self._epoch, batch + 1))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Saves, if it is time to or nothing is left to train."""
        is_finished = self.model.stop_training or epoch + 1 == self.params["epochs"]
        self._save_and_stop_if_asked(Position(epoch + 1, 0), is_finished=is_finished)

    def _save_and_stop_if_asked(self, position: Position, *, is_finished: bool = False) -> None:
        num_steps = self._num_steps(position)
        due = self._cadence.is_due(num_steps)
        stop, save = self._workers.decide(num_steps, stop=bool(self._stop), save=due)
        if save or stop or is_finished or (due and self._cadence.is_by_steps):
            self._save(position, num_steps, is_finished=is_finished)
        if stop:
            self._workers.wait_for_all()
            message = f"Saved {self._where(position)}. Resume with: {self._resume_command}"
            raise StoppedError(message, self._stop.signal or signal.SIGTERM)  # it may have been another worker that was asked

    def _save(self, position: Position, num_steps: int, *, is_finished: bool) -> None:
        if num_steps == self._num_steps_saved:
            return
        started = time.perf_counter()
        # Patience may end a training early; what is resumed then has no epoch left.
        saved = Position(self.params["epochs"], 0) if is_finished else position
        self._store.save(self.model, saved, num_steps=num_steps, is_finished=is_finished)
        seconds = time.perf_counter() - started
        self._num_steps_saved = num_steps
        self._cadence.written(num_steps, seconds)
        self.num_written += 1
        self.seconds_writing += seconds
        if self.num_written == 1 and self._workers.is_first:
            size = format_size(self._store.folder.size_bytes())
            self._log(f"Checkpoints take {size} and {seconds:.2f} s, {self._cadence.describe()}: {self._store.folder.path}")

    def _num_steps(self, position: Position) -> int:
        return position.epoch * int(self.params["steps"]) + position.step

    def _where(self, position: Position) -> str:
        if position.step == 0:
            return f"after epoch {position.epoch} of {self.params['epochs']}"
        return f"at epoch {position.epoch + 1}, step {position.step} of {self.params['steps']}"
