"""Checkpoints on disk: atomic, verified by hash, the last few kept, and no pickle anywhere.

<run>/checkpoints/
    step-00000120/   arrays.npz     every variable
                     state.json     position, history, …
                     manifest.json  size and SHA-256 of both
    best-00000080/   the same, of the best epoch's weights; each step-… that needs it names it

A checkpoint is filled beside its place, flushed to the disk, and renamed into it: whatever
interrupts the writing leaves either the whole of it or nothing. Whatever happens to it later (a
flipped bit, a lost tail) shows in its hashes.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from shared.config.setting_text import set_option
from shared.errors import CheckpointError
from shared.run.fingerprints import fingerprint_path

__all__ = [
    "FOLDER",
    "CheckpointFolder",
    "Snapshot",
    "Stored",
    "format_size",
    "read_snapshot",
    "write_snapshot",
]

FOLDER = "checkpoints"
"""Where the checkpoints of a run lie, relative to it."""

_FORMAT = 1
_ARRAYS = "arrays.npz"
_STATE = "state.json"
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Snapshot:
    """What one checkpoint holds.

    Attributes:
        arrays: By name; numbers and truth values of any shape.
        state: Plain JSON.
    """

    arrays: Mapping[str, NDArray[Any]]
    state: Mapping[str, Any]


@dataclass(frozen=True)
class Stored:
    """A checkpoint as it was read: its name, its content, and the best weights that it names."""

    name: str
    snapshot: Snapshot
    best: Snapshot | None


class CheckpointFolder:
    """The checkpoints of one training. One process writes; any number may read.

    Args:
        path: The folder; made when the first checkpoint is written.
        keep: How many are kept, newest first; at least 1. With 1 there is none to fall back to.
    """

    def __init__(self, path: Path, *, keep: int = 2) -> None:
        self.path = path
        self._keep = keep

    def names(self) -> list[str]:
        """The checkpoints that are there, oldest first.

        Whether they can be read is not looked at.
        """
        return self._named("step-")

    def size_bytes(self) -> int:
        """What all of them take on the disk together."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())

    def write(self, num_steps: int, snapshot: Snapshot) -> Path:
        """Write the checkpoint after `num_steps` steps, then remove those beyond the last few.

        Raises:
            CheckpointError: The disk is full or can't be written; what was there before is still
                there.
        """
        final = self._write(f"step-{num_steps:08d}", snapshot)
        self._prune()
        return final

    def write_best(self, num_steps: int, snapshot: Snapshot) -> str:
        """Write the best weights, found after `num_steps` steps.

        Returns the name by which `state["best"]` refers to them.

        Raises:
            CheckpointError: As `write`.
        """
        return self._write(f"best-{num_steps:08d}", snapshot).name

    def read_latest(self, log: Callable[[str], None]) -> Stored | None:
        """The newest checkpoint that can be read, or None if there is none at all.

        Args:
            log: Is told the name and the fault of each newer one that can't be read.

        Raises:
            CheckpointError: There are some, and none can be read.
        """
        faults = []
        for name in reversed(self.names()):
            try:
                snapshot = read_snapshot(self.path / name)
                best = _best_of(snapshot.state)
                return Stored(
                    name, snapshot, None if best is None else read_snapshot(self.path / best)
                )
            except CheckpointError as error:
                faults.append(str(error))
                log(f"{error} Falling back to the one before.")
        if not faults:
            return None
        raise CheckpointError(
            f"None of the {len(faults)} checkpoints in {self.path} can be read; the newest:"
            f" {faults[0]} Train anew by running without --resume or put a copy back."
        )

    def remove_after(self, name: str | None) -> None:
        """Remove what is newer than `name` (None: everything), and what interrupted writing left.

        Whatever could not be read must go before training continues: it would be taken for the
        newest again.
        """
        for stale in [
            *self.path.glob(".writing-*"),
            *(self.path / other for other in self.names() if name is None or other > name),
        ]:
            shutil.rmtree(stale)
        self._prune()

    def _named(self, prefix: str) -> list[str]:
        return sorted(path.name for path in self.path.glob(f"{prefix}*") if path.is_dir())

    def _write(self, name: str, snapshot: Snapshot) -> Path:
        final = self.path / name
        try:
            write_snapshot(final, snapshot)
        except OSError as error:
            names = self.names()
            left = f"The last good one is {self.path / names[-1]}" if names else "There is none yet"
            raise CheckpointError(
                f"Can't write the checkpoint {final} ({error.strerror or error}). {left}. Free the"
                f" disk or add {set_option('train.keep_checkpoints', 1)} then go on with --resume"
            ) from error
        return final

    def _prune(self) -> None:
        names = self.names()
        for name in names[: -self._keep]:
            shutil.rmtree(self.path / name)
        needed = {_best_of(_state_of(self.path / name)) for name in names[-self._keep :]}
        for name in self._named("best-"):
            if name not in needed:
                shutil.rmtree(self.path / name)


def write_snapshot(final: Path, snapshot: Snapshot) -> None:
    """Write `snapshot` to the folder `final`, whole or not at all.

    One of the same name is replaced.

    Raises:
        OSError: The disk is full or can't be written. Nothing is left behind.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    holder = Path(tempfile.mkdtemp(prefix=".writing-", dir=final.parent))
    try:
        written = holder / final.name
        written.mkdir()
        with (written / _ARRAYS).open("wb") as stream:
            np.savez(stream, allow_pickle=False, **dict(snapshot.arrays))
            stream.flush()
            os.fsync(stream.fileno())
        _write_json(written / _STATE, snapshot.state)
        files = {
            name: {
                "bytes": (written / name).stat().st_size,
                "sha256": fingerprint_path(written / name),
            }
            for name in (_ARRAYS, _STATE)
        }
        _write_json(written / _MANIFEST, {"format": _FORMAT, "files": files})
        if final.exists():  # an unreadable one, or the same step made again
            final.replace(holder / "previous")
        written.replace(final)
        _flush_folder(final.parent)
    finally:
        shutil.rmtree(holder, ignore_errors=True)


def read_snapshot(path: Path) -> Snapshot:
    """Read a checkpoint and check every byte of it against its hashes.

    Raises:
        CheckpointError: Something of it is missing, damaged, or of a later format; the message says
            what.
    """
    try:
        manifest = json.loads((path / _MANIFEST).read_bytes())
        if manifest["format"] != _FORMAT:
            raise CheckpointError(
                f"{path} has the format {manifest['format']!r}; this version reads {_FORMAT}."
            )
        for name in (_ARRAYS, _STATE):
            _verify(path / name, manifest["files"][name])
        state = json.loads((path / _STATE).read_bytes())
        with np.load(path / _ARRAYS, allow_pickle=False) as arrays:
            return Snapshot({name: arrays[name] for name in arrays.files}, state)
    except OSError as error:
        raise CheckpointError(
            f"{path} can't be read ({error.strerror or error}:"
            f" {Path(error.filename or path).name})."
        ) from error
    except (ValueError, KeyError, TypeError, BadZipFile) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path} is damaged ({type(error).__name__}: {error}).") from error


def format_size(num_bytes: int) -> str:
    """A size for people, in binary units."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if num_bytes >= factor:
            return f"{num_bytes / factor:.1f} {unit}"
    return f"{num_bytes} bytes"


def _verify(path: Path, expected: Mapping[str, Any]) -> None:
    size = path.stat().st_size
    if size != expected["bytes"]:
        raise CheckpointError(
            f"{path.parent} is damaged: {path.name} has {size:,} bytes, {expected['bytes']:,} were"
            " written."
        )
    if fingerprint_path(path) != expected["sha256"]:
        raise CheckpointError(
            f"{path.parent} is damaged: the SHA-256 of {path.name} is not the one that was written."
        )


def _best_of(state: Mapping[str, Any]) -> str | None:
    """The folder of the best weights that a checkpoint names.

    Only its last part counts, so that none outside can be named.
    """
    best = state.get("best")
    return None if best is None else Path(str(best)).name


def _state_of(path: Path) -> Mapping[str, Any]:
    """A checkpoint's state without looking at its hashes; empty if it can't be read."""
    try:
        state = json.loads((path / _STATE).read_bytes())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        # NaN is allowed: a monitored value may be one, and Python reads back what it wrote.
        json.dump(value, stream, indent=1, sort_keys=True, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_folder(path: Path) -> None:
    """Makes a rename in `path` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
