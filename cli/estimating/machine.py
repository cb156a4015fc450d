"""What this machine has: memory, cores, speed."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from shared.cluster.processors import num_processors

__all__ = ["Machine", "read_machine"]

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MIB = 2**20

_SECONDS_OF_WORK = 0.09
"""Processor seconds of `_work` where the cost model was measured (`python -m benchmarks.scale`)."""


@dataclass(frozen=True)
class Machine:
    """What a run can use.

    Attributes:
        memory_mib: All memory, or what a container may use of it.
        num_cores: That this process may use.
        slowness: How many times as long one core takes as the one that the figures are of.
    """

    memory_mib: float
    num_cores: int
    slowness: float


def read_machine() -> Machine:
    """Ask the system, and see how long a little work takes."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _MIB
    cores = num_processors()
    slowness = min(4.0, max(0.25, _work() / _SECONDS_OF_WORK))
    return Machine(min(pages, _container_mib()), cores, slowness)


def _container_mib() -> float:
    try:
        return int(_CGROUP_LIMIT.read_text(encoding="ascii")) / _MIB
    except (OSError, ValueError):
        return float("inf")  # no container, or "max"


def _work() -> float:
    """Processor seconds of a little of what stages do: Python's own steps, and a sort."""
    import numpy as np

    numbers = np.random.default_rng(0).random(1_000_000)
    started = time.process_time()
    numbers.sort()
    sum(number * number for number in range(1_000_000))
    return time.process_time() - started
