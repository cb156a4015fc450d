"""How many processors there are for this process."""

from __future__ import annotations

import os

__all__ = ["num_processors"]


def num_processors() -> int:
    """Those that the process may use, where the system tells (Linux), else all; at least 1."""
    affinity = getattr(os, "sched_getaffinity", None)
    return os.cpu_count() or 1 if affinity is None else len(affinity(0))
