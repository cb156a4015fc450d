"""What watches a fit: progress for people, history for the report, and the stop at the first NaN."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from shared.errors import TrainingDivergedError
from shared.progress import Progress
from shared.run_dir import RunDirectory

__all__ = ["HistoryFile", "ProgressLine", "StopOnDivergence"]


class ProgressLine(keras.callbacks.Callback):
    """Tells epoch, loss and examples per second while fitting."""

    def __init__(self, progress: Progress, batch_size: int) -> None:
        super().__init__()
        self._progress = progress
        self._batch_size = batch_size
        self._started = time.perf_counter()
        self._epoch = 0
        self._last_seen = 0.0

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Starts the clock."""
        self._started = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Updates the line, at most ten times a second."""
        now = time.perf_counter()
        if now - self._last_seen < 0.1:
            return
        self._last_seen = now
        steps, epochs = self.params["steps"] or 1, self.params["epochs"]
        done = self._epoch * steps + batch + 1
        speed = done * self._batch_size / max(now - self._started, 1e-9)
        note = f"epoch {self._epoch + 1}/{epochs}  loss {(logs or {}).get('loss', float('nan')):.4f}  {speed:,.0f} examples/s"
        self._progress.update(done, steps * epochs, note)


class HistoryFile(keras.callbacks.Callback):
    """Keeps `history.csv` current after every epoch: epoch, learning_rate, then the logs in alphabetical order."""

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
        self._run.write_text("history.csv", text.getvalue())


class StopOnDivergence(keras.callbacks.Callback):
    """Stops at once when the loss is not a finite number."""

    def __init__(self, learning_rate: float) -> None:
        super().__init__()
        self._learning_rate = learning_rate
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Looks at the loss.

        Raises:
            TrainingDivergedError: It is NaN or infinite.
        """
        loss = float((logs or {}).get("loss", 0.0))
        if not np.isfinite(loss):
            raise TrainingDivergedError(
                f"The loss became {loss} in epoch {self._epoch + 1}, step {batch + 1}. Nothing was overwritten. "
                f"Lower the learning rate (now {self._learning_rate}) with --set train.learning_rate=…, or look for extreme values."
            )
