"""What the server is told when it starts: limits, all of them with a value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Bounds on what clients may ask, and how they wait.

    Attributes:
        body_bytes: Of one request.
        instances: Rows of one request.
        request_seconds: From its arrival to its answer; a worker that takes longer for one batch is
            ended.
        batch_rows: Rows that are run together.
        batch_wait_seconds: How long the first row of a batch waits for others while a worker is
            idle.
        queue_rows: Rows that may wait for a worker.
    """

    body_bytes: int = 16 << 20
    instances: int = 1024
    request_seconds: float = 30.0
    batch_rows: int = 64
    batch_wait_seconds: float = 0.0
    queue_rows: int = 2048
