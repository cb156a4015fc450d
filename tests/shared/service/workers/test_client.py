"""The server's end of a worker, with a process that is no worker."""

from __future__ import annotations

import asyncio

import pytest

from shared.service.workers import client
from shared.service.workers.client import ProcessWorker, WorkerLostError


def test_a_process_that_ends_as_it_starts_is_told_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "_MODULE", "shared.no_such_module")
    with pytest.raises(WorkerLostError, match="ended as it started"):
        asyncio.run(ProcessWorker.start())
