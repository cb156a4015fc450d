"""From a request to its answer, whatever door it came through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from shared.service.models.endpoint import Endpoint
from shared.service.models.registry import Registry
from shared.service.models.sources import Source
from shared.service.models.version import Version
from shared.service.settings import Limits
from shared.service.status import Code, RequestError
from shared.service.telemetry.input_log import InputLog
from shared.service.telemetry.metrics import Metrics
from shared.service.telemetry.request_log import RequestLine, RequestLog
from shared.service.wire.tensors import Arrays
from shared.service.workers.pool import StartWorker, WorkerPool

__all__ = ["Answer", "Asked", "Door", "Service", "open_service"]

Door = Literal["rest", "grpc"]


@dataclass(frozen=True)
class Asked:
    """Which model a request is for.

    Attributes:
        model: Its name.
        version: Its number; None if the request does not say.
        label: Its label; likewise.
    """

    model: str
    version: int | None = None
    label: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a model said.

    Attributes:
        version: That answered.
        signature: Name of the endpoint.
        outputs: Of the endpoint.
    """

    version: Version
    signature: str
    outputs: Arrays


@dataclass
class _Told:
    """What is known of a request so far, for the log."""

    version: Version | None = None
    inputs: Arrays | None = None
    outputs: Arrays | None = None
    code: Code = Code.OK


@dataclass(frozen=True, eq=False)
class Service:
    """Everything that serves.

    Attributes:
        registry: Which versions there are.
        pool: Who runs them.
        limits: Of requests.
        metrics: What is counted.
        request_log: None: not logged.
        input_log: None: not kept.
    """

    registry: Registry
    pool: WorkerPool
    limits: Limits
    metrics: Metrics = field(default_factory=Metrics)
    request_log: RequestLog | None = None
    input_log: InputLog | None = None

    async def predict(
        self,
        asked: Asked,
        signature: str,
        read: Callable[[Endpoint], Arrays],
        *,
        door: Door,
    ) -> Answer:
        """Answer a request.

        Args:
            asked: For which model.
            signature: Of which endpoint.
            read: Makes the tensors that the endpoint takes.
            door: Where the request came from.

        Raises:
            RequestError: It has no answer.
        """
        started = time.monotonic()
        told = _Told()
        try:
            return await self._answer(asked, signature, read, door, told)
        except RequestError as error:
            told.code = error.code
            raise
        except asyncio.CancelledError:
            told.code = Code.CANCELLED
            raise
        finally:
            self._tell(asked, signature, door, told, time.monotonic() - started)

    async def _answer(
        self,
        asked: Asked,
        signature: str,
        read: Callable[[Endpoint], Arrays],
        door: Door,
        told: _Told,
    ) -> Answer:
        version = self.registry.find(asked.model, asked.version, asked.label)
        told.version = version
        with version.in_use():
            endpoint = _endpoint(version, signature, door)
            inputs = read(endpoint)
            num_rows = endpoint.check(inputs)
            self._check_rows(num_rows)
            told.inputs = inputs
            outputs = await self.pool.run(version.path, signature, inputs, num_rows)
        told.outputs = outputs
        self.metrics.observe_answer(version.model, version.number, outputs)
        if self.input_log is not None:
            self.input_log.keep(version.model, endpoint, inputs)
        return Answer(version, signature, outputs)

    def _check_rows(self, num_rows: int) -> None:
        if num_rows > self.limits.instances:
            raise RequestError(
                Code.INVALID_ARGUMENT,
                f"{num_rows} instances are more than the {self.limits.instances} that one request"
                " may have",
            )

    def _tell(self, asked: Asked, signature: str, door: Door, told: _Told, seconds: float) -> None:
        # Names that clients make up would fill the memory of Prometheus.
        model = "" if told.version is None else told.version.model
        self.metrics.observe_request(model, door, told.code.name, seconds)
        if self.request_log is not None:
            number = None if told.version is None else told.version.number
            self.request_log.write(
                RequestLine(
                    door=door,
                    model=asked.model,
                    version=number,
                    signature=signature,
                    code=told.code.name,
                    milliseconds=1000.0 * seconds,
                    inputs=told.inputs,
                    outputs=told.outputs,
                )
            )


def _endpoint(version: Version, signature: str, door: Door) -> Endpoint:
    endpoint = version.endpoints.get(signature)
    if endpoint is not None:
        return endpoint
    if door == "rest":
        text = f'Serving signature name: "{signature}" not found in signature def'
        raise RequestError(Code.INVALID_ARGUMENT, text)
    text = f'Serving signature key "{signature}" not found.'
    raise RequestError(Code.FAILED_PRECONDITION, text)


@asynccontextmanager
async def open_service(
    sources: Sequence[Source],
    start_worker: StartWorker,
    *,
    limits: Limits,
    num_workers: int = 1,
    poll_seconds: float = 1.0,
    request_log: RequestLog | None = None,
    input_log: InputLog | None = None,
) -> AsyncIterator[Service]:
    """A service that runs while the block does; its models are loaded when the block begins.

    Args:
        sources: Where models come from.
        start_worker: Makes a worker.
        limits: Of requests.
        num_workers: How many processes run models.
        poll_seconds: How often the folders are looked at.
        request_log: None: not logged.
        input_log: None: not kept.

    Raises:
        UserError: A source can't be read.
        RequestError: A worker ended as it started.
    """
    metrics = Metrics()
    pool = WorkerPool(start_worker, num_workers, limits, metrics)
    registry = Registry(sources, pool)
    metrics.watch(lambda: pool.queue.num_rows, lambda: pool.num_ready)
    await pool.open()
    following: asyncio.Task[None] | None = None
    try:
        await registry.refresh()
        service = Service(registry, pool, limits, metrics, request_log, input_log)
        following = asyncio.create_task(registry.follow(poll_seconds))
        yield service
    finally:
        if following is not None:
            following.cancel()
        await pool.close()
