"""What a stretch of this process costs: processor seconds and peak memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

__all__ = ["Cost", "measuring"]


class Cost(NamedTuple):
    """Processor seconds of a stage, and the peak memory of its process meanwhile in MiB."""

    seconds: float
    mib: float


def measuring() -> Callable[[], Cost]:
    """Begin to measure; whoever calls what this returns gets the cost so far."""
    # 5: the peak counts anew (proc(5)).
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    busy = time.process_time()
    return lambda: Cost(time.process_time() - busy, _peak_mib())


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024
