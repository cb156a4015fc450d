"""Stopping at the first loss that is no number, and finding the examples that may be to blame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np

from shared.errors import TrainingDivergedError
from shared.run.directory import RunDirectory
from shared.training.watching.suspects import Suspects, TrainedOn

__all__ = ["StopOnDivergence"]

_NUM_NAMED = 5
_FILE = "divergence.json"


class StopOnDivergence(keras.callbacks.Callback):
    """Stops at once when the loss is not a finite number, and writes `divergence.json` with the batch's examples.

    Args:
        examples: To find them.
        run: Where to write.
        last_checkpoint: The newest whole checkpoint, or None.
    """

    def __init__(
        self, examples: TrainedOn, run: RunDirectory, last_checkpoint: Callable[[], Path | None]
    ) -> None:
        super().__init__()
        self._examples, self._run, self._last_checkpoint = examples, run, last_checkpoint
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
            first, last = self._first_step + 1, batch + 1
            several = (
                f"between steps {first} and {last} (one look for each train.steps_per_execution)"
            )
            when = (
                f"The loss became {loss} in epoch {self._epoch + 1},"
                f" {f'step {last}' if first == last else several}."
            )
            self._stop(when, self._find_suspects(batch))

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

    def _stop(self, when: str, found: Suspects) -> None:
        self._write(found)
        raise TrainingDivergedError(self._message(when, found))

    def _find_suspects(self, last_step: int) -> Suspects:
        """The first batch of the execution with a number that is none.

        Else, of those that may be to blame, that with the largest number.

        The batch before belongs to them: it may have spoilt the weights with which this one's loss
        was computed.
        """
        steps = range(max(0, self._first_step - 1), last_step + 1)
        suspects = (self._examples.of_step(self.model, self._epoch, step) for step in steps)
        worst = next(suspects)
        for found in suspects:
            if not worst.is_finite:
                break
            if (
                not found.largest_inputs.max() <= worst.largest_inputs.max()
            ):  # NaN is not less than anything
                worst = found
        if worst.is_finite and worst.losses is not None:
            return self._examples.of_step(
                self.model, self._epoch, last_step
            )  # weights that are good still have spoilt nothing
        return worst

    def _message(self, when: str, found: Suspects) -> str:
        rate = self._examples.config.learning_rate
        cure = (
            f"Lower the learning rate (now {rate}) with --set train.learning_rate=…, or look at"
            " these examples."
        )
        return "\n".join(
            [
                f"{when} Nothing was overwritten.",
                _blame(found),
                (
                    f"Examples of {found.place}: {_named(found.ids.tolist())}; all of them in"
                    f" {self._run / _FILE}."
                ),
                f"Last good checkpoint: {self._last_checkpoint() or 'none'}.",
                cure if found.is_finite else "Repair these examples, or remove them from the data.",
            ]
        )

    def _write(self, found: Suspects) -> None:
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


def _blame(found: Suspects) -> str:
    if not np.isfinite(found.largest_inputs).any():
        return (
            "No example is finite: preprocessing makes no numbers, perhaps because it was fitted to"
            " an example that is none."
        )
    if not found.is_finite:
        return "Not finite: " + _listed(_culprits(found)) + "."
    worst = int(found.largest_inputs.argmax())
    middle = float(np.median(found.largest_inputs))
    inputs = (
        f"the largest is {found.largest_inputs[worst]:.3g} in {found.worst_tensors[worst]!r} of"
        f" {str(found.ids[worst])!r} (median of its batch: {middle:.3g})"
    )
    if found.losses is None:
        return (
            f"All inputs are finite; {inputs}. The weights no longer are, so that no example has a"
            " loss of its own."
        )
    worst = int(np.where(np.isfinite(found.losses), found.losses, np.inf).argmax())
    return (
        f"All inputs are finite; {inputs}. The largest loss is {found.losses[worst]:.3g}, of"
        f" {str(found.ids[worst])!r}."
    )


def _culprits(found: Suspects) -> Iterator[str]:
    for index in np.flatnonzero(~np.isfinite(found.largest_inputs)):
        yield (
            f"{found.largest_inputs[index]} in {found.worst_tensors[index]!r} of"
            f" {str(found.ids[index])!r} ({found.place})"
        )


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
