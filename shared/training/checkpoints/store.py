"""One training on disk: what is saved, what is put back, and whether it is the one asked for."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from shared.training.best_epoch import BestEpoch
from shared.training.checkpoints.files import CheckpointFolder, Snapshot, Stored, format_size
from shared.training.checkpoints.identity import TrainingIdentity
from shared.training.checkpoints.state import (
    capture_variables,
    restore_variables,
    storable,
    unstorable,
)
from shared.training.distribution.workers import Workers

__all__ = ["Position", "Remembering", "TrainingStore"]


class Position(NamedTuple):
    """Where a training stands: whole epochs done, and steps done in the one that is under way.

    An epoch is done after its validation.
    """

    epoch: int = 0
    step: int = 0


class Remembering(Protocol):
    """A part of the training with a memory of its own, such as the history."""

    def state(self) -> dict[str, Any]:
        """What it remembers, as plain JSON."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state()` returned."""


class TrainingStore:
    """Saves a training, and puts it back.

    Args:
        folder: Where checkpoints lie. Of several workers the first one reads and writes it; the
            others need not see it.
        identity: A checkpoint of an unfinished training with another one is refused.
        workers: Who trains together.
        best: Its weights are saved apart, once for each epoch that was better.
        remembering: What else has a memory, by name.
        log: Is told what was found.
    """

    def __init__(
        self,
        folder: CheckpointFolder,
        identity: TrainingIdentity,
        workers: Workers,
        best: BestEpoch,
        remembering: Mapping[str, Remembering],
        log: Callable[[str], None],
    ) -> None:
        self.folder = folder
        self.best = best
        self._identity = identity
        self._workers = workers
        self._log = log
        self._remembering: Mapping[str, Remembering] = {"best_epoch": best, **remembering}
        self._restored: Stored | None = None
        self._best_saved: tuple[int, str] | None = None
        self._began = time.perf_counter()
        self._seconds_before = 0.0
        self.resumptions: list[dict[str, Any]] = []
        """For each time that the training was resumed: after how many steps, and whether by the
        same code."""

    @property
    def seconds(self) -> float:
        """Spent so far, in this process and in those that led to the checkpoint it began with."""
        return self._seconds_before + time.perf_counter() - self._began

    def begin(self, *, resume: bool) -> Position:
        """Where to begin: at the newest checkpoint that can be read, or at the start.

        A fresh start removes the checkpoints of an earlier training, so that nothing is ever
        continued without being asked for.

        Args:
            resume: Whether to look for checkpoints. All workers must say the same.

        Raises:
            CheckpointError: None of the checkpoints can be read, or they are those of another,
                unfinished training.
        """
        stored = self._read() if resume and self._workers.is_first else None
        if self._workers.is_first:
            self._discard_after(stored)
        if self._workers.are_many:
            stored = _decode(self._workers.from_first(_encode(stored)))
        self._restored = stored
        if stored is None:
            return Position()
        state = stored.snapshot.state
        self._seconds_before = state["seconds"]
        same_code = self._identity.code == state["identity"]["code"]
        resumption = {"num_steps": state["num_steps"], "same_code": same_code}
        self.resumptions = [*state["resumptions"], resumption]
        return Position(*state["position"])

    def put_into(self, model: keras.Model) -> None:
        """Give the model and everything with a memory what `begin` has read, if anything.

        Call it once `fit` has begun.
        """
        stored = self._restored
        self._restored = None
        if stored is None:
            return
        restore_variables(model, stored.snapshot.arrays)
        for name, part in self._remembering.items():
            part.restore(stored.snapshot.state["memories"][name])
        if stored.best is not None:
            arrays = [stored.best.arrays[key] for key in sorted(stored.best.arrays)]
            self.best.weights = [
                unstorable(array, variable)
                for array, variable in zip(arrays, model.weights, strict=True)
            ]
            self._best_saved = (stored.best.state["epoch"], stored.snapshot.state["best"])

    def save(
        self, model: keras.Model, position: Position, *, num_steps: int, is_finished: bool
    ) -> Path | None:
        """Save everything; all workers take part.

        The first one writes, and gets the path of what it wrote.

        Args:
            model: Compiled and in training.
            position: Where the training stands.
            num_steps: Steps done since the start.
            is_finished: Whether nothing is left to train.

        Raises:
            CheckpointError: It can't be written. The checkpoints that were there are still there.
        """
        arrays = capture_variables(model)
        if not self._workers.is_first:
            return None
        state = {
            "position": list(position),
            "num_steps": num_steps,
            "is_finished": is_finished,
            "identity": self._identity.state(),
            "memories": {name: part.state() for name, part in self._remembering.items()},
            "resumptions": self.resumptions,
            "seconds": self.seconds,
            "best": self._save_best(num_steps),
        }
        return self.folder.write(num_steps, Snapshot(arrays, state))

    def _save_best(self, num_steps: int) -> str | None:
        if self.best.weights is None or self.best.epoch is None:
            return None
        if self._best_saved is None or self._best_saved[0] != self.best.epoch:
            weights = enumerate(self.best.weights)
            arrays = {f"{index:04d}": storable(weight) for index, weight in weights}
            snapshot = Snapshot(arrays, {"epoch": self.best.epoch})
            name = self.folder.write_best(num_steps, snapshot)
            self._best_saved = (self.best.epoch, name)
        return self._best_saved[1]

    def _read(self) -> Stored | None:
        began_before = self.folder.path.is_dir()
        stored = self.folder.read_latest(self._log)
        if stored is None:
            if began_before:
                self._log(
                    "The training was interrupted before its first checkpoint: it starts again from"
                    " the beginning."
                )
            return None
        origin = str(self.folder.path / stored.name)
        identity = TrainingIdentity.from_state(stored.snapshot.state["identity"])
        if stored.snapshot.state["is_finished"] and identity != self._identity:
            self._log(
                f"{origin} is the end of a training with other settings, data or code: training"
                " anew."
            )
            return None
        self._identity.require_same(identity, origin)
        if identity.code != self._identity.code:
            self._log(
                "The code has changed since the checkpoint was written: the result may not be that"
                " of an uninterrupted training."
            )
        return stored

    def _discard_after(self, stored: Stored | None) -> None:
        names = self.folder.names()
        if stored is None and names:
            size = format_size(self.folder.size_bytes())
            self._log(f"Removing {len(names)} checkpoints of an earlier training ({size}).")
        # Its being there says that a training began.
        self.folder.path.mkdir(parents=True, exist_ok=True)
        self.folder.remove_after(None if stored is None else stored.name)


def _encode(stored: Stored | None) -> bytes:
    """A checkpoint as one string of bytes, for the other workers; empty for None."""
    if stored is None:
        return b""
    snapshots = {"snapshot": stored.snapshot}
    if stored.best is not None:
        snapshots["best"] = stored.best
    arrays = {
        f"{kind}/{name}": array
        for kind, snapshot in snapshots.items()
        for name, array in snapshot.arrays.items()
    }
    states = {kind: snapshot.state for kind, snapshot in snapshots.items()}
    said = json.dumps({"name": stored.name, "states": states})
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays, states=np.frombuffer(said.encode(), np.uint8))
    return stream.getvalue()


def _decode(content: bytes) -> Stored | None:
    if not content:
        return None
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    said = json.loads(arrays.pop("states").tobytes())
    snapshots = {
        kind: Snapshot(_arrays_of(kind, arrays), state) for kind, state in said["states"].items()
    }
    return Stored(said["name"], snapshots["snapshot"], snapshots.get("best"))


def _arrays_of(kind: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    prefix = f"{kind}/"
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
