"""What Prometheus reads: how fast, how full, and what the models say."""

from __future__ import annotations

import time
from collections import Counter as Counted
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from shared.service.wire.tensors import Arrays

if TYPE_CHECKING:
    from shared.service.batching.queue import Waiting

__all__ = ["Metrics"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_OF_MODEL = ("model", "version")
_TOLD = ("error", "abstain", "is_ood", "class_name")
"""Outputs that are counted."""
_COUNTED_AT_ONCE = 64
"""Answers: counting each by itself costs as much as reading its request."""

_Kind = tuple[str, str, tuple[str, ...]]
"""Model, version, and which outputs are counted: not every signature has all of them."""


class Metrics:
    """Counters of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        told = partial(_told, registry=self._registry)
        timed = partial(_told, registry=self._registry, kind=Histogram, buckets=_SECONDS)
        self.requests = told("requests", "Requests.", ("model", "door", "code"))
        self.seconds = timed(
            "request_seconds", "From the request's arrival to its answer.", ("model", "door")
        )
        self.queue_seconds = timed("queue_seconds", "How long the first row of a batch waited.")
        self.batch_rows = told("batch_rows", "Rows of a batch.", kind=Histogram, buckets=_ROWS)
        self.queue_rows = told("queue_rows", "Rows that wait for a worker.", kind=Gauge)
        self.workers = told("workers_ready", "Workers that live.", kind=Gauge)
        self.worker_deaths = told("worker_deaths", "Workers that died.")
        self.rows = told("rows", "Rows answered.", _OF_MODEL)
        self.errors = told("row_errors", "Rows that got an error.", _OF_MODEL)
        self.abstained = told("abstained", "Rows handed on to a person.", _OF_MODEL)
        self.ood = told("ood", "Rows unlike the training data.", _OF_MODEL)
        self.decisions = told("decisions", "Rows by class.", (*_OF_MODEL, "decision"))
        # Finding a child by its labels costs more than counting.
        self._requests_of = cache(self.requests.labels)
        self._seconds_of = cache(self.seconds.labels)
        self._uncounted: dict[_Kind, list[Arrays]] = {}

    def watch(self, queue_rows: Callable[[], int], workers: Callable[[], int]) -> None:
        """Ask these whenever Prometheus asks."""
        self.queue_rows.set_function(queue_rows)
        self.workers.set_function(workers)

    def observe_request(self, model: str, door: str, code: str, seconds: float) -> None:
        """A request that has its answer, or none."""
        self._requests_of(model, door, code).inc()
        self._seconds_of(model, door).observe(seconds)

    def observe_batch(self, batch: Sequence[Waiting]) -> None:
        """A batch that goes to a worker."""
        self.batch_rows.observe(sum(part.num_rows for part in batch))
        self.queue_seconds.observe(time.monotonic() - batch[0].arrived)

    def observe_answer(self, model: str, version: int, outputs: Arrays) -> None:
        """What a model said of some rows; forecasts have no classes."""
        errors = outputs.get("error")
        if errors is None or errors.ndim != 1:  # not a model of this library
            return
        told = {name: outputs[name] for name in _TOLD if name in outputs}
        kind = (model, str(version), tuple(told))
        waiting = self._uncounted.setdefault(kind, [])
        waiting.append(told)
        if len(waiting) >= _COUNTED_AT_ONCE:
            self._count(kind)

    def _count(self, kind: _Kind) -> None:
        parts = self._uncounted.pop(kind)
        told = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        names = kind[:2]
        usable = told["error"] == b""
        self.rows.labels(*names).inc(len(usable))
        self.errors.labels(*names).inc(len(usable) - int(usable.sum()))
        for name, counter in (("abstain", self.abstained), ("is_ood", self.ood)):
            if name in told:
                counter.labels(*names).inc(int(told[name][usable].astype(bool).sum()))
        if "class_name" in told:
            for one, count in Counted(told["class_name"][usable].tolist()).items():
                self.decisions.labels(*names, one.decode("utf-8", "replace")).inc(count)

    def render(self) -> bytes:
        """In Prometheus' text format."""
        for kind in list(self._uncounted):
            self._count(kind)
        return bytes(generate_latest(self._registry))


def _told(
    name: str, text: str, labels: Sequence[str] = (), *, kind: Any = Counter, **options: Any
) -> Any:
    return kind(f"plumbline_{name}", text, labels, **options)
