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
        name: Such as "fold 2 of 6".
    """

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name

    def update(self, done: int, total: int, note: str = "") -> None:
        """Passes on the progress within the part."""
        self._progress.update(done, total, f"{self._name}  {note}".rstrip())

    def milestone(self, message: str) -> None:
        """Passes on what was reached."""
        self._progress.milestone(f"{self._name}  {message}")

    def log(self, message: str) -> None:
        """Passes on the message."""
        self._progress.log(f"{self._name}: {message}")
