"""How often a checkpoint is written."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Cadence"]

_LARGEST_SHARE = 0.02
"""Of the time of training that writing may take, if the cadence is by time: below the 3 % that the
documentation names, with room for chance."""


class Cadence:
    """Says when the next checkpoint is due.

    By time, it is due once `every_seconds` have passed, and not before the last one has paid off: a
    network that takes 6 s to write is written every 5 min at most. By steps, it is due each time a
    multiple of `every_steps` is passed, whatever it costs.

    Args:
        every_seconds: Shortest time between two.
        every_steps: If given, steps between two; time does not matter then.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        every_seconds: float,
        every_steps: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._every_seconds = every_seconds
        self._every_steps = every_steps
        self._clock = clock
        self._last_seconds = clock()
        self._last_step = 0
        self._cost_seconds = 0.0

    @property
    def is_by_steps(self) -> bool:
        """Whether all workers find the same without asking each other."""
        return self._every_steps is not None

    def start(self, num_steps: int) -> None:
        """Count from here."""
        self._last_step = num_steps
        self._last_seconds = self._clock()

    def is_due(self, num_steps: int) -> bool:
        """Whether to write after `num_steps` steps of training."""
        if self._every_steps is not None:
            return num_steps // self._every_steps > self._last_step // self._every_steps
        return self._clock() - self._last_seconds >= self._interval_seconds

    def written(self, num_steps: int, cost_seconds: float) -> None:
        """One was written, which took `cost_seconds`."""
        self.start(num_steps)
        self._cost_seconds = cost_seconds

    def describe(self) -> str:
        """For people: when the next one is written."""
        if self._every_steps is not None:
            return f"every {self._every_steps:,} steps"
        return f"every {self._interval_seconds:.0f} s"

    @property
    def _interval_seconds(self) -> float:
        return max(self._every_seconds, self._cost_seconds / _LARGEST_SHARE)
