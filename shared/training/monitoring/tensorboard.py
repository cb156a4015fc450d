"""The curves of a training as TensorBoard reads them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from shared.config.setting_text import set_option
from shared.errors import RunDirectoryError
from shared.loading.disk_errors import disk_errors_as_os_errors
from shared.run.progress import Progress
from shared.training.monitoring.clock import TrainingClock

__all__ = ["TensorBoardLog"]

STEPS_BETWEEN_POINTS = 20
"""Often enough to see a loss run away, and seldom enough to cost nothing."""

_SCALAR = tf.compat.v1.SummaryMetadata(
    plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"),
    data_class="DATA_CLASS_SCALAR",
)
"""What `tf.summary.scalar` writes beside a number; it would need TensorBoard to be installed where
the training runs."""


class TensorBoardLog(keras.callbacks.Callback):
    """Writes scalars every few steps (`step/…`) and after each epoch (`epoch/…`).

    Args:
        folder: Where to; what an earlier training left there goes away, unless this one goes on
            with it.
        clock: Times the steps.
        progress: Is told how to look at them.
    """

    def __init__(self, folder: Path, clock: TrainingClock, progress: Progress) -> None:
        super().__init__()
        self._folder = folder
        self._clock = clock
        self._progress = progress
        self._writer: Any = None
        self._epoch = 0
        self._next_point = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Opens the file, before the first step."""
        if self._writer is None:
            if self._epoch == batch == 0:
                shutil.rmtree(self._folder, ignore_errors=True)
            with self._writing():
                self._writer = tf.summary.create_file_writer(str(self._folder))
            self._progress.log(f"Curves: tensorboard --logdir {self._folder}")

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Writes a point of each curve, now and then."""
        step = self._epoch * int(self.params["steps"]) + batch + 1
        if step >= self._next_point:
            self._next_point = step + STEPS_BETWEEN_POINTS
            self._write("step", step, {**(logs or {}), "learning_rate": self._learning_rate()})

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Writes the epoch, and flushes: what was seen is on the disk."""
        speed = {
            "examples_per_second": self._clock.examples_per_second,
            "wait_share": self._clock.wait_share,
        }
        known = {name: value for name, value in speed.items() if value is not None}
        self._write("epoch", epoch + 1, {**(logs or {}), **known})
        with self._writing():
            self._writer.flush()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Closes the file, if there was anything left to train."""
        if self._writer is not None:
            with self._writing():
                self._writer.close()

    def _write(self, group: str, step: int, values: dict[str, Any]) -> None:
        with self._writing(), self._writer.as_default(step):
            for name, value in values.items():
                tf.summary.write(
                    f"{group}/{name}", tf.constant(float(value), tf.float32), metadata=_SCALAR
                )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A disk that fills up ends the training in words; the last checkpoint is whole."""
        try:
            with disk_errors_as_os_errors():
                yield
        except OSError as error:
            without = set_option("train.tensorboard", False)
            raise RunDirectoryError(
                f"Can't write the curves in {self._folder} ({error.strerror}). Free the disk or add"
                f" {without} then go on with --resume"
            ) from error

    def _learning_rate(self) -> float:
        return float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
