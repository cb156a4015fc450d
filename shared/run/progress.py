"""What a long task tells the person who waits. Stages speak to this protocol and never print."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "ProgressOfPart", "SilentProgress"]


class Progress(Protocol):
    """Receives the progress of the current stage."""

    def update(self, done: int, total: int, note: str = "") -> None:
        """`done` of `total` units are finished.

        `note` is a short live text such as the current loss.
        """

    def milestone(self, message: str) -> None:
        """Something was reached, such as the end of an epoch: a line in a log file.

        A live line has shown it already.
        """

    def log(self, message: str) -> None:
        """One line worth keeping on the screen, for example a warning or what was written where."""


class SilentProgress:
    """Says nothing; for tests and library use."""

    def update(self, done: int, total: int, note: str = "") -> None:
        """Ignores progress."""

    def milestone(self, message: str) -> None:
        """Ignores milestones."""

    def log(self, message: str) -> None:
        """Ignores messages."""


class ProgressOfPart:
    """Passes on the progress of one of several equal parts of a task, under the part's name.

    Args:
        progress: Of the whole task.
        kind: What the parts are, such as "fold".
        number: Of this part, from 1.
        num_parts: How many there are.
    """

    def __init__(self, progress: Progress, kind: str, number: int, num_parts: int) -> None:
        self._progress = progress
        self._name = f"{kind} {number} of {num_parts}"
        self._num_before = number - 1
        self._num_parts = num_parts

    def update(self, done: int, total: int, note: str = "") -> None:
        """Passes on how far the whole task is, if all parts are as long as this one."""
        done_before = self._num_before * total
        whole = self._num_parts * total
        self._progress.update(done_before + done, whole, f"{self._name}  {note}".rstrip())

    def milestone(self, message: str) -> None:
        """Passes on what was reached."""
        self._progress.milestone(f"{self._name}  {message}")

    def log(self, message: str) -> None:
        """Passes on the message."""
        self._progress.log(f"{self._name}: {message}")
