"""What a long task tells the person who waits. Stages speak to this protocol and never print."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "SilentProgress"]


class Progress(Protocol):
    """Receives the progress of the current stage."""

    def update(self, done: int, total: int, note: str = "") -> None:
        """`done` of `total` units are finished; `note` is a short live text such as the current loss."""

    def log(self, message: str) -> None:
        """One line worth keeping on the screen, for example a warning or what was written where."""


class SilentProgress:
    """Says nothing; for tests and library use."""

    def update(self, done: int, total: int, note: str = "") -> None:
        """Ignores progress."""

    def log(self, message: str) -> None:
        """Ignores messages."""
