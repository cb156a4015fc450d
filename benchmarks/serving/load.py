"""Closed-loop load: so many clients, each with one request at a time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import numpy as np

from benchmarks.serving.server import Running, Seconds

__all__ = ["Measured", "measure"]


@dataclass(frozen=True)
class Measured:
    """What clients saw, and what it cost.

    Attributes:
        clients: How many asked at once.
        rows: Of one request.
        milliseconds: p50, p95 and p99 of a request.
        rows_per_second: All clients together.
        failures: Requests that were not answered with 200.
        server: Processor time of a row, in seconds: of the process that meets clients.
        workers: Likewise, of those that run models.
        client: Likewise, of the load itself, which shares the processor.
    """

    clients: int
    rows: int
    milliseconds: tuple[float, ...]
    rows_per_second: float
    failures: int
    server: float
    workers: float
    client: float


@dataclass
class _Asking(asyncio.Protocol):
    """One client: a protocol and no streams, for it shares the processor with the server."""

    request: bytes
    end: float
    times: list[float]
    statuses: list[bytes]
    ended: asyncio.Future[None]
    _received: bytes = b""
    _sent: float = 0.0
    _transport: asyncio.WriteTransport = field(init=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - of a stream
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not length or len(body) < int(length):
            return
        self.times.append(time.perf_counter() - self._sent)
        self.statuses.append(head[9:12])
        self._received = b""
        if time.perf_counter() < self.end:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._received or error is not None or not self.statuses:
            self.statuses.append(b"")
        self.ended.set_result(None)

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self.request)


async def _connect(one: _Asking, port: int) -> None:
    await asyncio.get_running_loop().create_connection(lambda: one, "127.0.0.1", port)


async def measure(
    running: Running, request: bytes, *, clients: int, rows: int, seconds: float
) -> Measured:
    """Ask for so long."""
    loop = asyncio.get_running_loop()
    times: list[float] = []
    statuses: list[bytes] = []
    started = time.perf_counter()
    before = Seconds.of(running)
    asking = [
        _Asking(request, started + seconds, times, statuses, loop.create_future())
        for _ in range(clients)
    ]
    for one in asking:
        await _connect(one, running.port)
    await asyncio.gather(*(one.ended for one in asking))
    passed = time.perf_counter() - started
    used = Seconds.of(running) - before
    num_rows = len(times) * rows
    quantiles = (1000.0 * np.percentile(times, [50, 95, 99])).tolist()
    return Measured(
        clients=clients,
        rows=rows,
        milliseconds=tuple(quantiles),
        rows_per_second=num_rows / passed,
        failures=sum(status != b"200" for status in statuses),
        server=used.server / num_rows,
        workers=used.workers / num_rows,
        client=used.client / num_rows,
    )
