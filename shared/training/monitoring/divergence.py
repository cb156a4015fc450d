"""Stopping at the first loss that is no number, and finding the examples that may be to blame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from shared.config.setting_text import set_option
from shared.errors import CheckpointError, TrainingDivergedError
from shared.run.directory import RunDirectory
from shared.training.checkpoints.files import CheckpointFolder, read_snapshot
from shared.training.monitoring.batch_inspector import BatchInspector, InspectedBatch

__all__ = ["StopOnDivergence", "last_good_checkpoint"]

_NUM_NAMED = 5
_FILE = "divergence.json"


class StopOnDivergence(keras.callbacks.Callback):
    """Stops at once when the loss is not a finite number, and names the examples of its batch.

    All of them, with their largest numbers and losses, are in `divergence.json`.

    Args:
        examples: Finds and inspects them.
        run: Where to write.
        last_checkpoint: The newest whole checkpoint, or None.
    """

    def __init__(
        self,
        examples: BatchInspector,
        run: RunDirectory,
        last_checkpoint: Callable[[], Path | None],
    ) -> None:
        super().__init__()
        self._examples = examples
        self._run = run
        self._last_checkpoint = last_checkpoint
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
            where = _named_steps(self._first_step + 1, batch + 1)
            when = f"The loss became {loss} in epoch {self._epoch + 1}, {where}."
            self._stop(when, self._find_culprits(batch))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Looks at the validation loss, by which the epoch would be chosen.

        Raises:
            TrainingDivergedError: It is NaN or infinite.
        """
        loss = float((logs or {}).get("val_loss", 0.0))
        if not np.isfinite(loss):
            self._stop(
                f"The validation loss became {loss} in epoch {epoch + 1}.",
                self._examples.of_validation(self.model),
            )

    def _stop(self, when: str, found: InspectedBatch) -> None:
        self._write(found)
        raise TrainingDivergedError(self._message(when, found))

    def _find_culprits(self, last_step: int) -> InspectedBatch:
        """The first batch of the execution that holds NaN or infinity.

        Else, of those that may be to blame, that with the largest number.

        The batch before belongs to them: it may have spoilt the weights with which this one's loss
        was computed.
        """
        steps = range(max(0, self._first_step - 1), last_step + 1)
        batches = (self._examples.of_step(self.model, self._epoch, step) for step in steps)
        worst = next(batches)
        for found in batches:
            if not worst.is_finite:
                break
            # `not <=` rather than `>`, because NaN compares as neither.
            if not found.largest_inputs.max() <= worst.largest_inputs.max():
                worst = found
        if worst.is_finite and worst.losses is not None:
            # The weights are still finite: no step before the last one has spoilt them.
            return self._examples.of_step(self.model, self._epoch, last_step)
        return worst

    def _message(self, when: str, found: InspectedBatch) -> str:
        named = _named(found.ids.tolist())
        fix = "Repair these examples, or remove them from the data."
        if found.is_finite:
            rate = self._examples.config.learning_rate
            lower = float(f"{rate / 10:.1g}")
            fix = (
                f"Lower the learning rate (now {rate}) with"
                f" {set_option('train.learning_rate', lower)} or look at these examples."
            )
        lines = [
            f"{when} Nothing was overwritten.",
            _blame(found),
            f"Examples of {found.place}: {named}; all of them in {self._run / _FILE}.",
            f"Last good checkpoint: {self._last_checkpoint() or 'none'}.",
            fix,
        ]
        return "\n".join(lines)

    def _write(self, found: InspectedBatch) -> None:
        losses = [None] * len(found.ids) if found.losses is None else found.losses.tolist()
        columns = zip(
            found.ids.tolist(),
            found.largest_inputs.tolist(),
            found.worst_tensors,
            losses,
            strict=True,
        )
        examples = [
            {"id": name, "largest_input": _number(largest), "tensor": tensor, "loss": _number(loss)}
            for name, largest, tensor, loss in columns
        ]
        self._run.write_json(
            _FILE, {"epoch": self._epoch + 1, "where": found.place, "examples": examples}
        )


def last_good_checkpoint(checkpoints: CheckpointFolder) -> Path | None:
    """The newest one that is whole and holds only finite numbers; None if there is none.

    A step may spoil the weights although its own loss was still a number, and be saved before the
    next loss tells.
    """
    for name in reversed(checkpoints.names()):
        try:
            arrays = read_snapshot(checkpoints.path / name).arrays.values()
        except CheckpointError:
            continue
        if all(np.isfinite(array).all() for array in arrays if array.dtype.kind == "f"):
            return checkpoints.path / name
    return None


def _named_steps(first: int, last: int) -> str:
    if first == last:
        return f"step {last}"
    return f"between steps {first} and {last} (one look for each train.steps_per_execution)"


def _blame(found: InspectedBatch) -> str:
    if not np.isfinite(found.largest_inputs).any():
        return (
            "No example is finite: preprocessing makes no numbers, perhaps because it was fitted to"
            " an example that is none."
        )
    if not found.is_finite:
        return f"Not finite: {_named(_not_finite(found), separator='; ')}."
    finite = f"All inputs are finite; {_largest_input(found)}."
    if found.losses is None:
        return f"{finite} The weights no longer are, so that no example has a loss of its own."
    worst = int(np.where(np.isfinite(found.losses), found.losses, np.inf).argmax())
    loss = found.losses[worst]
    return f"{finite} The largest loss is {loss:.3g}, of {str(found.ids[worst])!r}."


def _largest_input(found: InspectedBatch) -> str:
    worst = int(found.largest_inputs.argmax())
    middle = float(np.median(found.largest_inputs))
    return (
        f"the largest is {found.largest_inputs[worst]:.3g} in {found.worst_tensors[worst]!r} of"
        f" {str(found.ids[worst])!r} (median of its batch: {middle:.3g})"
    )


def _not_finite(found: InspectedBatch) -> list[str]:
    return [
        f"{found.largest_inputs[index]} in {found.worst_tensors[index]!r} of"
        f" {str(found.ids[index])!r} ({found.place})"
        for index in np.flatnonzero(~np.isfinite(found.largest_inputs))
    ]


def _named(items: list[str], separator: str = ", ") -> str:
    more = f" and {len(items) - _NUM_NAMED} more" if len(items) > _NUM_NAMED else ""
    return separator.join(items[:_NUM_NAMED]) + more


def _number(value: float | None) -> float | str | None:
    """JSON has no NaN and no infinity: they are told in words."""
    return value if value is None or np.isfinite(value) else str(value)
