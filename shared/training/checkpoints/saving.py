"""When a training is saved, and how it stops when it is asked to.

A training that was interrupted anywhere and resumed ends with the same weights as one that never
was: the order of the data follows from seed and step, and everything else that changes is in the
checkpoint.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping

import keras

from shared.contract import Splits
from shared.errors import StoppedError
from shared.loading.record import fingerprint_splits
from shared.run.artefacts.train_file import CheckpointsRecord, Resumption
from shared.run.context import StageContext
from shared.run.fingerprints import code_fingerprint
from shared.training.best_epoch import BestEpoch, decisive_loss
from shared.training.checkpoints.cadence import Cadence
from shared.training.checkpoints.files import FOLDER, CheckpointFolder, format_size
from shared.training.checkpoints.identity import TrainingIdentity
from shared.training.checkpoints.signals import StopRequest
from shared.training.checkpoints.store import Position, Remembering, TrainingStore
from shared.training.distribution.workers import Workers

__all__ = ["Checkpoints", "open_checkpoints"]


class Checkpoints(keras.callbacks.Callback):
    """Saves after whole steps and whole epochs.

    Let it come last: it saves what the other callbacks have made of the step.

    Args:
        store: Where to.
        start: Where `fit` must begin, as the store said.
        cadence: How often.
        workers: Who trains together; they save and stop at the same step.
        stop: Whether this process was asked to stop.
        log: Is told how large checkpoints are.
    """

    def __init__(
        self,
        store: TrainingStore,
        start: Position,
        cadence: Cadence,
        workers: Workers,
        stop: StopRequest,
        log: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.start = start
        self._store = store
        self._cadence = cadence
        self._workers = workers
        self._stop = stop
        self._log = log
        self._epoch = 0
        self._num_steps_saved = -1
        self.num_written = 0
        self.seconds_writing = 0.0

    @property
    def best(self) -> BestEpoch:
        """What judges the epochs; it must come before this among the callbacks."""
        return self._store.best

    @property
    def seconds(self) -> float:
        """Spent on the training so far, before interruptions as well."""
        return self._store.seconds

    def describe(self) -> CheckpointsRecord:
        """What `train.json` says of them."""
        return CheckpointsRecord(
            written=self.num_written,
            seconds=round(self.seconds_writing, 3),
            resumed=tuple(Resumption(**resumed) for resumed in self._store.resumptions),
        )

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Puts everything back, now that Keras has made all variables."""
        self._store.put_into(self.model)
        num_steps = self._num_steps(self.start)
        self._num_steps_saved = num_steps
        self._workers.start(num_steps)
        self._cadence.start(num_steps)
        if self.start.epoch >= self.params["epochs"]:
            self._log("The training had finished: only its results are written again.")
        elif num_steps:
            self._log(f"Resuming {self._where(self.start)}.")

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Saves, if it is time to. After an epoch's last step it is too early.

        Validation is part of the epoch.
        """
        if batch + 1 < self.params["steps"]:
            self._save_and_stop_if_asked(Position(self._epoch, batch + 1))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Saves, if it is time to or nothing is left to train."""
        is_finished = self.model.stop_training or epoch + 1 == self.params["epochs"]
        self._save_and_stop_if_asked(Position(epoch + 1, 0), is_finished=is_finished)

    def _save_and_stop_if_asked(self, position: Position, *, is_finished: bool = False) -> None:
        num_steps = self._num_steps(position)
        due = self._cadence.is_due(num_steps)
        stop, save = self._workers.decide(
            num_steps, stop=bool(self._stop), save=due, is_last=is_finished
        )
        if save or stop or is_finished or (due and self._cadence.is_by_steps):
            self._save(position, num_steps, is_finished=is_finished)
        if stop:
            self._workers.wait_for_all()
            # It may have been another worker that was asked.
            raise StoppedError(
                f"Saved {self._where(position)}.", self._stop.signal or signal.SIGTERM
            )

    def _save(self, position: Position, num_steps: int, *, is_finished: bool) -> None:
        if num_steps == self._num_steps_saved:
            return
        started = time.perf_counter()
        # Patience may end a training early; what is resumed then has no epoch left.
        saved = Position(self.params["epochs"], 0) if is_finished else position
        written = self._store.save(self.model, saved, num_steps=num_steps, is_finished=is_finished)
        seconds = time.perf_counter() - started
        self._num_steps_saved = num_steps
        self._cadence.written(num_steps, seconds)
        self.num_written += 1
        self.seconds_writing += seconds
        if self.num_written == 1 and written is not None:
            size = format_size(sum(file.stat().st_size for file in written.iterdir()))
            self._log(
                f"A checkpoint takes {size} and {seconds:.2f} s; {self._cadence.describe()} one is"
                f" written to {written.parent}."
            )

    def _num_steps(self, position: Position) -> int:
        return position.epoch * int(self.params["steps"]) + position.step

    def _where(self, position: Position) -> str:
        if position.step == 0:
            return f"after epoch {position.epoch} of {self.params['epochs']}"
        return f"at epoch {position.epoch + 1}, step {position.step} of {self.params['steps']}"


def open_checkpoints(
    context: StageContext,
    splits: Splits,
    workers: Workers,
    remembering: Mapping[str, Remembering],
    stop: StopRequest,
) -> Checkpoints:
    """The checkpoints of the training that a run asks for, with the place where to begin.

    Args:
        context: The run; its `resume` says whether to look for checkpoints, or to remove them.
        splits: What is trained on.
        workers: Who trains together.
        remembering: What has a memory that must be saved, by name, beside the best epoch.
        stop: Whether this process was asked to stop.

    Raises:
        CheckpointError: None can be read, or they belong to another training.
    """
    config = context.config.train
    store = TrainingStore(
        CheckpointFolder(context.run / FOLDER, keep=config.keep_checkpoints),
        TrainingIdentity.of(context.config, data=fingerprint_splits(splits), code=_code(context)),
        workers,
        BestEpoch(config.patience_epochs, decisive_loss(config)),
        remembering,
        context.progress.log,
    )
    start = store.begin(resume=context.resume)
    cadence = Cadence(config.checkpoint_every_seconds, config.checkpoint_every_steps)
    return Checkpoints(store, start, cadence, workers, stop, context.progress.log)


def _code(context: StageContext) -> str:
    return code_fingerprint("shared", "data", f"pipelines/{context.pipeline.name}")
