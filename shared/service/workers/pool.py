"""Several workers behind one queue: who runs which batch, and what happens when one dies."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.service.batching.batches import join_inputs, join_outputs, slice_rows, split_outputs
from shared.service.batching.deadlines import Deadlines
from shared.service.batching.queue import Batch, BatchKey, BatchQueue, Waiting
from shared.service.settings import Limits
from shared.service.status import Code, RequestError
from shared.service.telemetry.metrics import Metrics
from shared.service.wire.tensors import Arrays
from shared.service.workers.client import Worker, WorkerLostError

__all__ = ["StartWorker", "WorkerPool"]

StartWorker = Callable[[], Awaitable[Worker]]

_LOG = logging.getLogger("plumbline.serve")
_LONG_ENOUGH_SECONDS = 60.0
"""A worker that lived as long is started again at once."""
_LONGEST_PAUSE_SECONDS = 15.0


@dataclass(eq=False)
class _Seat:
    """One of the workers, or the place of one that died.

    Attributes:
        worker: None while there is none.
        deaths: How often it died soon after its start, without one that lived in between.
    """

    worker: Worker | None = None
    deaths: int = 0


@dataclass(eq=False)
class WorkerPool:
    """Workers that all hold the same versions.

    Attributes:
        start_worker: Makes one.
        num_workers: How many.
        limits: Of time and rows.
        metrics: What is counted.
    """

    start_worker: StartWorker
    num_workers: int
    limits: Limits
    metrics: Metrics
    _paths: list[Path] = field(default_factory=list)
    _seats: list[_Seat] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.queue = BatchQueue(self.limits)
        self._deadlines = Deadlines(self.limits.request_seconds)

    @property
    def num_ready(self) -> int:
        """Workers that live."""
        return sum(seat.worker is not None for seat in self._seats)

    async def open(self) -> None:
        """Start all workers.

        Raises:
            WorkerLostError: One ended as it started.
        """
        self._seats = [_Seat() for _ in range(self.num_workers)]
        for seat in self._seats:
            seat.worker = await self.start_worker()
        self._tasks = [asyncio.create_task(self._keep(seat)) for seat in self._seats]

    async def close(self) -> None:
        """End all workers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for seat in self._seats:
            if seat.worker is not None:
                seat.worker.kill()
                seat.worker = None

    async def load(self, path: Path) -> Any:
        """Load a version in every worker; those that start later load it too.

        Returns its `SignatureDefMap`.

        Raises:
            RequestError: It can't be loaded.
        """
        async with self._changing:
            workers = [seat.worker for seat in self._seats if seat.worker is not None]
            if not workers:
                raise WorkerLostError("No worker process is alive to load it")
            signatures = [await worker.load(path) for worker in workers]
            self._paths.append(path)
            return signatures[0]

    async def unload(self, path: Path) -> None:
        """Let go of a version everywhere."""
        async with self._changing:
            self._paths.remove(path)
            for seat in self._seats:
                if seat.worker is not None:
                    with suppress(WorkerLostError):  # then it holds nothing any more
                        await seat.worker.unload(path)

    async def run(self, path: Path, signature: str, inputs: Arrays, num_rows: int) -> Arrays:
        """Outputs of a request, in batches with others.

        Raises:
            RequestError: The queue is full, time is over, a worker died, or the graph refuses it.
        """
        parts = slice_rows(inputs, num_rows, self.limits.batch_rows)
        key = BatchKey.of(path, signature, inputs)
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[Arrays]] = [loop.create_future() for _ in parts]
        try:
            for part, future in zip(parts, futures, strict=True):
                rows = len(next(iter(part.values())))
                self.queue.put(Waiting(key, part, rows, future))
                self._deadlines.watch(future)
            if len(futures) == 1:
                return await futures[0]
            return join_outputs(await asyncio.gather(*futures))
        except TimeoutError as error:
            text = f"No answer within {self.limits.request_seconds:g} seconds"
            raise RequestError(Code.DEADLINE_EXCEEDED, text) from error
        finally:
            for future in futures:
                self._deadlines.forget(future)
                future.cancel()

    async def _keep(self, seat: _Seat) -> None:
        """Run batches on a seat's worker for ever, and put another there when it dies."""
        while True:
            worker = seat.worker
            if worker is None:
                await self._fill(seat)
                continue
            started = time.monotonic()
            await self._run_batches(worker)
            self.metrics.worker_deaths.inc()
            worker.kill()
            seat.worker = None
            lived = time.monotonic() - started >= _LONG_ENOUGH_SECONDS
            seat.deaths = 0 if lived else seat.deaths + 1

    async def _fill(self, seat: _Seat) -> None:
        if seat.deaths > 1:  # the first is followed at once
            await asyncio.sleep(min(2.0 ** (seat.deaths - 2), _LONGEST_PAUSE_SECONDS))
        _LOG.warning("A worker process has died; another one is started.")
        try:
            worker = await self.start_worker()
            async with self._changing:
                for path in self._paths:
                    await worker.load(path)
                seat.worker = worker
        except RequestError as error:
            _LOG.warning("It did not start: %s", error)
            seat.deaths += 1

    async def _run_batches(self, worker: Worker) -> None:
        """Until the worker dies."""
        death = asyncio.create_task(worker.died())
        try:
            while not death.done():
                taking = asyncio.create_task(self.queue.take())
                await asyncio.wait([taking, death], return_when=asyncio.FIRST_COMPLETED)
                if not taking.done():
                    taking.cancel()
                elif not worker.is_alive:
                    self.queue.put_back(taking.result())
                else:
                    await self._run_batch(worker, taking.result())
        finally:
            death.cancel()

    async def _run_batch(self, worker: Worker, batch: Batch) -> None:
        try:
            outputs = await self._call(worker, batch)
        except WorkerLostError as error:
            _fail(batch, error)
        except RequestError as error:
            if len(batch) == 1:
                _fail(batch, error)
                return
            for part in batch:  # one of them is at fault: the others are to have their answers
                await self._run_batch(worker, [part])
        else:
            for part, answer in zip(batch, outputs, strict=True):
                if not part.answer.done():
                    part.answer.set_result(answer)

    async def _call(self, worker: Worker, batch: Batch) -> list[Arrays]:
        """Outputs of each part.

        Raises:
            RequestError: The batch has none.
        """
        key = batch[0].key
        self.metrics.observe_batch(batch)
        try:
            async with asyncio.timeout(self.limits.request_seconds):
                outputs = await worker.run(key.version, key.signature, join_inputs(batch))
        except TimeoutError as error:
            worker.kill()
            text = f"The batch took more than {self.limits.request_seconds:g} seconds"
            raise WorkerLostError(text) from error
        return list(split_outputs(batch, outputs))


def _fail(batch: Batch, error: RequestError) -> None:
    for part in batch:
        if not part.answer.done():
            part.answer.set_exception(error)
