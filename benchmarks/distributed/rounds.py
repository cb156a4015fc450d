"""Turn and turn about: what is compared is measured in the same rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

__all__ = ["interleaved", "ratio"]


Rounds = dict[str, list[float]]


def interleaved(trainings: Mapping[str, Callable[[], float]], rounds: int) -> tuple[Rounds, Rounds]:
    """Seconds per step of each training in each round, and its processor seconds.

    The first round, which traces, does not count.

    Time says what a user waits; processor time says what a loop costs, also on a machine that has
    other work.
    """
    for train in trainings.values():
        train()
    seconds: Rounds = {name: [] for name in trainings}
    processor: Rounds = {name: [] for name in trainings}
    for _ in range(rounds):
        for name, train in trainings.items():
            started = time.process_time()
            seconds[name].append(train())
            processor[name].append(time.process_time() - started)
    return seconds, processor


def ratio(seconds: Rounds, name: str, other: str) -> float:
    """Median over the rounds of one training's seconds over another's."""
    return statistics.median(
        one / two for one, two in zip(seconds[name], seconds[other], strict=True)
    )
