"""One clock for all who wait: a timer for each costs more than the waiting."""

from __future__ import annotations

import asyncio
from typing import Any

__all__ = ["Deadlines"]


class Deadlines:
    """Futures that fail with `TimeoutError` when their time is over.

    All have the same time, so that the first that was watched is the first that is over.

    Args:
        seconds: How long each may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[asyncio.Future[Any], float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, future: asyncio.Future[Any]) -> None:
        """The time of a future begins."""
        loop = future.get_loop()
        self._ends[future] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look, loop)

    def forget(self, future: asyncio.Future[Any]) -> None:
        """Nobody waits for it any more."""
        self._ends.pop(future, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        while self._ends:
            future, end = next(iter(self._ends.items()))
            if end > loop.time():
                self._timer = loop.call_at(end, self._look, loop)
                return
            del self._ends[future]
            if not future.done():
                future.set_exception(TimeoutError())
