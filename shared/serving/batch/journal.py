"""A result in the making: bytes that only grow, and beside them how many of them count.

`scores.csv.part` is never taken for `scores.csv`. `scores.csv.part.json` is replaced, at once, when
its rows are on the disk: whatever stands behind them, such as half a line after a kill -9, is cut
off by whoever goes on.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from pydantic import Field, ValidationError

from shared.block import Block
from shared.errors import UserError
from shared.serving.batch.identity import Identity

__all__ = ["Journal", "Progressed", "State", "read_state", "remove_part"]

_SECONDS_BETWEEN_NOTES = 1.0


class Progressed(Block):
    """How far a result is.

    Attributes:
        blocks: That are written.
        rows: In them.
        errors: Rows without an answer.
        abstained: Rows that are handed on to a person.
    """

    blocks: int = Field(0, ge=0)
    rows: int = Field(0, ge=0)
    errors: int = Field(0, ge=0)
    abstained: int = Field(0, ge=0)

    def plus(self, other: Progressed) -> Progressed:
        """Both together."""
        return Progressed(
            blocks=self.blocks + other.blocks,
            rows=self.rows + other.rows,
            errors=self.errors + other.errors,
            abstained=self.abstained + other.abstained,
        )


class State(Block):
    """What is known of a part.

    Attributes:
        identity: Of the result.
        done: What counts.
        num_bytes: The same, in bytes.
        is_complete: Whether nothing is left to score.
    """

    identity: Identity
    done: Progressed
    num_bytes: int
    is_complete: bool = False


class Journal:
    """An open part. Only one process can have it; it ends with the `with` block.

    Args:
        path: Of the part.
        state: What is there.
        stream: Opened and locked, and at its end.
    """

    def __init__(self, path: Path, state: State, stream: IO[bytes]) -> None:
        self.path = path
        self.state = state
        self._stream = stream
        self._noted_at = time.monotonic()

    @classmethod
    def begin(cls, path: Path, identity: Identity, head: bytes) -> Journal:
        """A part without rows.

        Raises:
            UserError: Another process has it, or the place can't be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():  # it became an output, and a kill left what was known of it
                _state_path(path).unlink(missing_ok=True)
            stream = _locked(path)
            stream.truncate(0)
            stream.write(head)
        except OSError as error:
            raise _not_written(path, error) from error
        journal = cls(
            path, State(identity=identity, done=Progressed(), num_bytes=len(head)), stream
        )
        journal.note()
        return journal

    @classmethod
    def resume(cls, path: Path, state: State) -> Journal:
        """A part as its state says, without what stands behind.

        Raises:
            UserError: Another process has it, or it is shorter than it was.
        """
        stream = _locked(path)
        num_bytes = path.stat().st_size
        if num_bytes < state.num_bytes:
            stream.close()
            raise UserError(
                f"{path} has {num_bytes:,} bytes, and {path.name}.json counts"
                f" {state.num_bytes:,}: it was cut. Remove both, and begin without --resume."
            )
        stream.truncate(state.num_bytes)
        stream.seek(state.num_bytes)
        return cls(path, state, stream)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or not issubclass(kind, UserError):
            self.note()
        self._stream.close()

    def append(self, rows: bytes, progressed: Progressed) -> None:
        """Add rows; the state follows now and then."""
        try:
            self._stream.write(rows)
        except OSError as error:
            raise _not_written(self.path, error) from error
        self.state = self.state.model_copy(
            update={
                "done": self.state.done.plus(progressed),
                "num_bytes": self.state.num_bytes + len(rows),
            }
        )
        if time.monotonic() - self._noted_at >= _SECONDS_BETWEEN_NOTES:
            self.note()

    def complete(self) -> None:
        """Nothing is left to score."""
        self.state = self.state.model_copy(update={"is_complete": True})

    def note(self) -> None:
        """Bring what counts to the disk, and only then count it."""
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            fresh = self.path.with_name(f"{self.path.name}.json.new")
            fresh.write_text(self.state.model_dump_json(indent=2) + "\n", encoding="utf-8")
            fresh.replace(_state_path(self.path))
        except OSError as error:
            raise _not_written(self.path, error) from error
        self._noted_at = time.monotonic()


def read_state(path: Path) -> State | None:
    """What is known of a part; None if nothing was begun that counts.

    Raises:
        UserError: Its state can't be read.
    """
    place = _state_path(path)
    if not path.exists() or not place.exists():
        return None
    try:
        return State.model_validate_json(place.read_bytes())
    except (OSError, ValidationError) as error:
        raise UserError(
            f"{place} can't be read as the state of {path.name}. Remove both, and begin without"
            " --resume."
        ) from error


def remove_part(path: Path) -> None:
    """Remove a part and its state; the state last, so that half of it is never taken for one."""
    path.unlink(missing_ok=True)
    _state_path(path).unlink(missing_ok=True)


def _locked(path: Path) -> IO[bytes]:
    """The file, opened to be read and written; created if it is not there."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    stream = os.fdopen(descriptor, "r+b")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        stream.close()
        raise UserError(
            f"{path} is being written by another process. Wait for it, or choose another --output."
        ) from error
    return stream


def _state_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _not_written(path: Path, error: OSError) -> UserError:
    return UserError(
        f"{path} can't be written ({error.strerror}). Choose another place with --output, or free"
        " the disk and go on with --resume."
    )
