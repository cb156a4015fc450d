"""How long one row takes: models in turn, row by row, so that all meet the same machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from shared.cluster.processors import num_processors
from shared.contract import Rows
from shared.run.artefacts.compression.record import CompressionTimes, Latency

__all__ = ["MOST_TIMED", "measure_latency"]

MOST_TIMED = 200
"""Rows; a 95th percentile of fewer than that is hardly one."""

_NOT_COUNTED = 5


def measure_latency(
    calls: Mapping[str, Callable[[Rows], Any]], rows: Sequence[Rows], *, scope: str
) -> CompressionTimes:
    """Time each model on each row.

    Args:
        calls: Name -> batch of one row -> anything.
        rows: Batches of one row; at least one.
        scope: What is timed, for people.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for row in [*rows[:1]] * _NOT_COUNTED + list(rows):
        for name, call in calls.items():
            started = time.perf_counter()
            call(row)
            seconds[name].append(time.perf_counter() - started)
    models = tuple(_describe(name, each[_NOT_COUNTED:]) for name, each in seconds.items())
    return CompressionTimes(n=len(rows), scope=scope, processors=num_processors(), models=models)


def _describe(name: str, seconds: Sequence[float]) -> Latency:
    half, most = np.quantile(np.asarray(seconds) * 1e3, (0.5, 0.95)).tolist()
    return Latency(name=name, p50_ms=round(half, 4), p95_ms=round(most, 4))
