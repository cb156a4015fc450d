"""Requests that wait for a worker, and which of them share a batch.

Rows share a batch if they are for the same version and signature and have the same shapes. Whoever
has waited longest is served next, with all that fit beside it. While the workers are busy, batches
grow by themselves; so nobody needs to wait for others, unless `batch_wait_seconds` says so.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.service.settings import Limits
from shared.service.status import Code, RequestError
from shared.service.wire.tensors import Arrays

__all__ = ["Batch", "BatchKey", "BatchQueue", "Waiting"]

FULL = "The batch scheduling queue to which this task was submitted is full"
"""TensorFlow's words (core/kernels/batching_util)."""


@dataclass(frozen=True)
class BatchKey:
    """What all rows of a batch have in common.

    Attributes:
        version: Folder of the loaded version.
        signature: Name of the endpoint.
        shapes: Name, dtype and shape of a row of each input.
    """

    version: Path
    signature: str
    shapes: tuple[tuple[str, str, tuple[int, ...]], ...]

    @classmethod
    def of(cls, version: Path, signature: str, inputs: Arrays) -> BatchKey:
        """The key of a request."""
        shapes = sorted((name, one.dtype.str, one.shape[1:]) for name, one in inputs.items())
        return cls(version, signature, tuple(shapes))


@dataclass(frozen=True, eq=False)
class Waiting:
    """A part of a request.

    Attributes:
        key: With what it can share a batch.
        inputs: Its rows.
        num_rows: Their number.
        answer: Where the outputs go.
        arrived: By the monotonic clock, in seconds.
    """

    key: BatchKey
    inputs: Arrays
    num_rows: int
    answer: asyncio.Future[Arrays]
    arrived: float = field(default_factory=time.monotonic)


Batch = Sequence[Waiting]
"""Never empty, all of one key."""


class BatchQueue:
    """A bounded queue.

    Args:
        limits: How many rows may wait, and how many make a batch.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._groups: dict[BatchKey, deque[Waiting]] = {}
        self._changed = asyncio.Event()
        self.num_rows = 0

    def put(self, waiting: Waiting) -> None:
        """Let a part wait.

        Raises:
            RequestError: The queue is full.
        """
        if self.num_rows and self.num_rows + waiting.num_rows > self._limits.queue_rows:
            raise RequestError(Code.UNAVAILABLE, FULL)
        self._groups.setdefault(waiting.key, deque()).append(waiting)
        self.num_rows += waiting.num_rows
        self._changed.set()

    def put_back(self, batch: Batch) -> None:
        """Let a batch that was taken, and not run, be the next."""
        group = self._groups.setdefault(batch[0].key, deque())
        group.extendleft(reversed(batch))
        self.num_rows += sum(part.num_rows for part in batch)
        self._changed.set()

    async def take(self) -> Batch:
        """The next batch; those who gave up waiting are not in it."""
        while True:
            self._changed.clear()
            self._forget_cancelled()
            if not self._groups:
                await self._changed.wait()
                continue
            group = min(self._groups.values(), key=lambda one: one[0].arrived)
            left = group[0].arrived + self._limits.batch_wait_seconds - time.monotonic()
            if left <= 0 or sum(one.num_rows for one in group) >= self._limits.batch_rows:
                return self._pop(group)
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                continue

    def _pop(self, group: deque[Waiting]) -> Batch:
        batch = [group.popleft()]
        num_rows = batch[0].num_rows
        while group and num_rows + group[0].num_rows <= self._limits.batch_rows:
            batch.append(group.popleft())
            num_rows += batch[-1].num_rows
        self.num_rows -= num_rows
        if not group:
            del self._groups[batch[0].key]
        return batch

    def _forget_cancelled(self) -> None:
        for key, group in list(self._groups.items()):
            alive = deque(one for one in group if not one.answer.done())
            self.num_rows -= sum(one.num_rows for one in group if one.answer.done())
            if alive:
                self._groups[key] = alive
            else:
                del self._groups[key]
