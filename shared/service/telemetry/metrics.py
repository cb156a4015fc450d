"""What Prometheus reads: how fast, how full, and what the models say."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
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

    def watch(self, queue_rows: Callable[[], int], workers: Callable[[], int]) -> None:
        """Ask these whenever Prometheus asks."""
        self.queue_rows.set_function(queue_rows)
        self.workers.set_function(workers)

    def observe_batch(self, batch: Sequence[Waiting]) -> None:
        """A batch that goes to a worker."""
        self.batch_rows.observe(sum(part.num_rows for part in batch))
        self.queue_seconds.observe(time.monotonic() - batch[0].arrived)

    def observe_answer(self, model: str, version: int, outputs: Arrays) -> None:
        """What a model said of some rows; forecasts have no classes."""
        names = (model, str(version))
        errors = outputs.get("error")
        if errors is None or errors.ndim != 1:  # not a model of this library
            return
        usable = errors == b""
        self.rows.labels(*names).inc(len(errors))
        self.errors.labels(*names).inc(len(errors) - int(usable.sum()))
        for name, counter in (("abstain", self.abstained), ("is_ood", self.ood)):
            if name in outputs:
                counter.labels(*names).inc(int(outputs[name][usable].astype(bool).sum()))
        if "class_name" in outputs:
            classes, counts = np.unique(outputs["class_name"][usable], return_counts=True)
            for one, count in zip(classes.tolist(), counts.tolist(), strict=True):
                self.decisions.labels(*names, one.decode("utf-8", "replace")).inc(count)

    def render(self) -> bytes:
        """In Prometheus' text format."""
        return bytes(generate_latest(self._registry))


def _told(
    name: str, text: str, labels: Sequence[str] = (), *, kind: Any = Counter, **options: Any
) -> Any:
    return kind(f"plumbline_{name}", text, labels, **options)
