"""Closed-loop load: so many clients, each with one request at a time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.serving.client import Connection

__all__ = ["Measured", "measure"]


@dataclass(frozen=True)
class Measured:
    """What clients saw.

    Attributes:
        clients: How many asked at once.
        milliseconds: p50, p95 and p99 of a request.
        requests_per_second: All clients together.
        failures: Requests that were not answered with 200.
    """

    clients: int
    milliseconds: tuple[float, float, float]
    requests_per_second: float
    failures: int


async def measure(port: int, request: bytes, clients: int, seconds: float) -> Measured:
    """Ask for so long."""
    times: list[float] = []
    statuses: list[int] = []
    started = time.perf_counter()

    async def ask() -> None:
        connection = await Connection.open(port)
        while time.perf_counter() - started < seconds:
            sent = time.perf_counter()
            statuses.append((await connection.ask(request)).status)
            times.append(time.perf_counter() - sent)
        await connection.close()

    await asyncio.gather(*(ask() for _ in range(clients)))
    passed = time.perf_counter() - started
    p50, p95, p99 = (1000.0 * np.percentile(times, [50, 95, 99])).tolist()
    failures = sum(status != 200 for status in statuses)
    return Measured(clients, (p50, p95, p99), len(times) / passed, failures)
