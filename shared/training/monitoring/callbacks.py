"""The callbacks that every training has: progress for people, and history for the report."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping
from typing import Any

import keras

from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import HISTORY
from shared.run.progress import Progress
from shared.training.checkpoints.files import FOLDER, CheckpointFolder
from shared.training.monitoring.batch_inspector import BatchInspector
from shared.training.monitoring.clock import TrainingClock
from shared.training.monitoring.divergence import StopOnDivergence, last_good_checkpoint
from shared.training.monitoring.tensorboard import TensorBoardLog

__all__ = ["HistoryFile", "ProgressLine", "monitoring_callbacks"]

_SECONDS_BETWEEN_UPDATES = 0.1


def monitoring_callbacks(
    context: StageContext, examples: BatchInspector, clock: TrainingClock
) -> list[keras.callbacks.Callback]:
    """The callbacks that every training has, in their order.

    Args:
        context: The run, and whom to tell.
        examples: Finds those that spoilt a loss.
        clock: Times the steps.
    """
    checkpoints = CheckpointFolder(context.run / FOLDER)
    callbacks: list[keras.callbacks.Callback] = [
        StopOnDivergence(examples, context.run, lambda: last_good_checkpoint(checkpoints)),
        clock,
        ProgressLine(context.progress, clock),
    ]
    if context.config.train.tensorboard:
        curves = context.run / "tensorboard"
        callbacks.append(TensorBoardLog(curves, clock, context.progress))
    return callbacks


class ProgressLine(keras.callbacks.Callback):
    """Tells where the training stands, while fitting and after each epoch.

    Epoch, step, what is left, loss, metric, speed and the share of time spent waiting for data.

    Args:
        progress: Who is told.
        clock: Times the steps; its turn comes before.
    """

    def __init__(self, progress: Progress, clock: TrainingClock) -> None:
        super().__init__()
        self._progress = progress
        self._clock = clock
        self._epoch = 0
        self._last_told = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Updates the line, at most ten times a second."""
        now = time.perf_counter()
        if now - self._last_told < _SECONDS_BETWEEN_UPDATES:
            return
        self._last_told = now
        steps = int(self.params["steps"])
        epochs = int(self.params["epochs"])
        # The loss first, then the first metric: more does not fit beside the bar.
        shown = dict(sorted((logs or {}).items(), key=lambda item: item[0] != "loss")[:2])
        note = self._told(f"epoch {self._epoch + 1}/{epochs}  step {batch + 1}/{steps}", shown)
        self._progress.update(self._epoch * steps + batch + 1, steps * epochs, note)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Tells of the epoch."""
        self._progress.milestone(
            self._told(f"epoch {epoch + 1}/{self.params['epochs']}", logs or {})
        )

    def _told(self, where: str, logs: dict[str, float]) -> str:
        clock = self._clock
        words = [where]
        if clock.seconds_left:
            words.append(f"{_duration(clock.seconds_left)} left")
        words += [f"{name} {float(value):.4f}" for name, value in logs.items()]
        if clock.examples_per_second is not None and clock.wait_share is not None:
            words += [
                f"{clock.examples_per_second:,.0f} examples/s",
                f"{clock.wait_share:.0%} waiting for data",
            ]
        return "  ".join(words)


class HistoryFile(keras.callbacks.Callback):
    """Keeps `history.csv` current after every epoch.

    Epoch, learning_rate, then the logs in alphabetical order.
    """

    def __init__(self, run: RunDirectory) -> None:
        super().__init__()
        self._run = run
        self.rows: list[dict[str, Any]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Appends the epoch and writes the file anew, so that a reader never sees half a line."""
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        values = {name: float(value) for name, value in sorted((logs or {}).items())}
        self.rows.append({"epoch": epoch + 1, "learning_rate": rate, **values})
        self._write()

    def state(self) -> dict[str, Any]:
        """The epochs so far, as plain JSON."""
        return {"rows": self.rows}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on after the epochs of `state`; what the file says of later ones is forgotten."""
        self.rows = list(state["rows"])
        if self.rows:
            self._write()

    def _write(self) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        self._run.write_text(HISTORY, text.getvalue())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
