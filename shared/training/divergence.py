"""Stopping at the first loss that is no number, and finding the examples that may be to blame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.errors import TrainingDivergedError
from shared.loading.batching import Prepared, batch_indices
from shared.run_dir import RunDirectory

__all__ = ["BatchOfSuspects", "StopOnDivergence", "TrainingBatches"]

_NUM_NAMED = 5
_FILE = "divergence.json"


@dataclass(frozen=True)
class BatchOfSuspects:
    """The examples of one step, and what is strange about them.

    Attributes:
        step: From 0, within its epoch.
        ids: (n,) str.
        largest_inputs: (n,) float64, each example's largest magnitude of a number among its tensors; NaN or infinite where one is.
        worst_tensors: The name of the tensor that holds it.
        losses: (n,) float64 by the weights as they are now, or None if these are no numbers any more.
    """

    step: int
    ids: NDArray[np.str_]
    largest_inputs: NDArray[np.float64]
    worst_tensors: tuple[str, ...]
    losses: NDArray[np.float64] | None

    @property
    def is_finite(self) -> bool:
        """Whether all numbers of all examples are."""
        return bool(np.isfinite(self.largest_inputs).all())


@dataclass(frozen=True)
class TrainingBatches:
    """Which examples a training sees in which step: it follows from seed, epoch and step.

    Attributes:
        ids: (n,) str of the training part.
        prepared: The training part.
        config: Batch size and seed.
    """

    ids: NDArray[np.str_]
    prepared: Prepared
    config: TrainConfig

    def suspects(self, model: keras.Model, epoch: int, step: int) -> BatchOfSuspects:
        """Look at the batch of a step.

        Args:
            model: Compiled; from named tensors to scores.
            epoch: From 0.
            step: Within the epoch, from 0.
        """
        size, seed = self.config.batch_size, self.config.seed
        indices = batch_indices(self.prepared.num_examples, batch_size=size, seed=seed, epoch=epoch, step=step)
        rows = self._rows(indices)
        largest, worst = _largest_magnitudes(rows)
        return BatchOfSuspects(step, self.ids[indices], largest, worst, _losses(model, rows, self.prepared.labels[indices]))

    def _rows(self, indices: NDArray[np.int64]) -> dict[str, tf.Tensor]:
        if self.prepared.features is None:
            return {name: tf.convert_to_tensor(values) for name, values in self.prepared.fetch(indices).items()}
        return {name: tf.gather(values, indices) for name, values in self.prepared.features.items()}


class StopOnDivergence(keras.callbacks.Callback):
    """Stops at once when the loss is not a finite number, and writes `divergence.json` with the batch's examples.

    Args:
        batches: To find them.
        run: Where to write.
        last_checkpoint: The newest whole checkpoint, or None.
    """

    def __init__(self, batches: TrainingBatches, run: RunDirectory, last_checkpoint: Callable[[], Path | None]) -> None:
        super().__init__()
        self._batches, self._run, self._last_checkpoint = batches, run, last_checkpoint
        self._epoch = 0
        self._first_step = 0

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Removes what an earlier training left, so that it is not taken for this one's."""
        (self._run / _FILE).unlink(missing_ok=True)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the first step of the execution: the loss is seen only after its last."""
        self._first_step = batch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Looks at the loss.

        Raises:
            TrainingDivergedError: It is NaN or infinite.
        """
        loss = float((logs or {}).get("loss", 0.0))
        if not np.isfinite(loss):
            found = self._find_suspects(batch)
            self._write(found)
            raise TrainingDivergedError(self._message(loss, batch, found))

    def _find_suspects(self, last_step: int) -> BatchOfSuspects:
        """The first batch of the execution with a number that is none; else, of those that may be to blame, that with the largest number.

        The batch before belongs to them: it may have spoilt the weights with which this one's loss was computed.
        """
        steps = range(max(0, self._first_step - 1), last_step + 1)
        suspects = (self._batches.suspects(self.model, self._epoch, step) for step in steps)
        worst = next(suspects)
        for found in suspects:
            if not worst.is_finite:
                break
            if not found.largest_inputs.max() <= worst.largest_inputs.max():  # NaN is not less than anything
                worst = found
        if worst.is_finite and worst.losses is not None:
            return self._batches.suspects(self.model, self._epoch, last_step)  # weights that are good still have spoilt nothing
        return worst

    def _message(self, loss: float, last_step: int, found: BatchOfSuspects) -> str:
        first, last = self._first_step + 1, last_step + 1
        when = f"step {last}" if first == last else f"between steps {first} and {last} (one look for each train.steps_per_execution)"
        checkpoint = self._last_checkpoint()
        rate = self._batches.config.learning_rate
        cure = f"Lower the learning rate (now {rate}) with --set train.learning_rate=…, or look at these examples."
        return "\n".join(
            [
                f"The loss became {loss} in epoch {self._epoch + 1}, {when}. Nothing was overwritten.",
                _blame(found),
                f"Examples of step {found.step + 1}: {_named(found.ids.tolist())}; all of them in {self._run / _FILE}.",
                f"Last good checkpoint: {checkpoint or 'none'}.",
                cure if found.is_finite else "Repair these examples, or remove them from the data.",
            ]
        )

    def _write(self, found: BatchOfSuspects) -> None:
        losses = [None] * len(found.ids) if found.losses is None else found.losses.tolist()
        columns = zip(found.ids.tolist(), found.largest_inputs.tolist(), found.worst_tensors, losses, strict=True)
        examples = [
            {"id": name, "largest_input": _number(largest), "tensor": tensor, "loss": _number(loss)}
            for name, largest, tensor, loss in columns
        ]
        self._run.write_json(_FILE, {"epoch": self._epoch + 1, "step": found.step + 1, "examples": examples})


def _largest_magnitudes(rows: dict[str, tf.Tensor]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """(n,) largest magnitude of each row, NaN and infinity above all numbers, and the names of the tensors that hold them."""
    names = [name for name, values in rows.items() if values.dtype.is_floating or values.dtype.is_integer]
    if not names:  # nothing but texts, which are always finite
        return np.zeros(len(next(iter(rows.values())))), ("",) * len(next(iter(rows.values())))
    magnitudes = np.stack([_magnitude(rows[name]) for name in names])  # (tensors, n)
    worst = np.where(np.isfinite(magnitudes), magnitudes, np.inf).argmax(axis=0)
    return magnitudes[worst, np.arange(magnitudes.shape[1])], tuple(names[index] for index in worst)


def _magnitude(values: tf.Tensor) -> NDArray[np.float64]:
    flat = np.abs(values.numpy().astype(np.float64).reshape(len(values), -1))
    largest: NDArray[np.float64] = flat.max(axis=1, initial=0.0)  # NaN wins
    return largest


def _losses(model: keras.Model, rows: dict[str, tf.Tensor], labels: NDArray[Any]) -> NDArray[np.float64] | None:
    if not all(np.isfinite(weight).all() for weight in model.get_weights() if weight.dtype.kind == "f"):
        return None
    each = model.loss.call(tf.convert_to_tensor(labels), model(rows, training=False))  # (n,), not yet averaged
    losses: NDArray[np.float64] = keras.ops.convert_to_numpy(each).astype(np.float64)
    return losses


def _blame(found: BatchOfSuspects) -> str:
    if not np.isfinite(found.largest_inputs).any():
        return "No example is finite: preprocessing makes no numbers, perhaps because it was fitted to an example that is none."
    if not found.is_finite:
        return "Not finite: " + _listed(_culprits(found)) + "."
    worst = int(found.largest_inputs.argmax())
    middle = float(np.median(found.largest_inputs))
    inputs = (
        f"the largest is {found.largest_inputs[worst]:.3g} in {found.worst_tensors[worst]!r} of {str(found.ids[worst])!r} "
        f"(median of its batch: {middle:.3g})"
    )
    if found.losses is None:
        return f"All inputs are finite; {inputs}. The weights no longer are, so that no example has a loss of its own."
    worst = int(np.where(np.isfinite(found.losses), found.losses, np.inf).argmax())
    return f"All inputs are finite; {inputs}. The largest loss is {found.losses[worst]:.3g}, of {str(found.ids[worst])!r}."


def _culprits(found: BatchOfSuspects) -> Iterator[str]:
    for index in np.flatnonzero(~np.isfinite(found.largest_inputs)):
        yield f"{found.largest_inputs[index]} in {found.worst_tensors[index]!r} of {str(found.ids[index])!r} (step {found.step + 1})"


def _listed(items: Iterator[str]) -> str:
    every = list(items)
    more = f" and {len(every) - _NUM_NAMED} more" if len(every) > _NUM_NAMED else ""
    return "; ".join(every[:_NUM_NAMED]) + more


def _named(ids: list[str]) -> str:
    more = f" and {len(ids) - _NUM_NAMED} more" if len(ids) > _NUM_NAMED else ""
    return ", ".join(ids[:_NUM_NAMED]) + more


def _number(value: float | None) -> float | str | None:
    """JSON has no NaN and no infinity: they are told in words."""
    return value if value is None or np.isfinite(value) else str(value)
