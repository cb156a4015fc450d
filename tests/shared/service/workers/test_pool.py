from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from shared.service.settings import Limits
from shared.service.status import Code, RequestError
from shared.service.telemetry.metrics import Metrics
from shared.service.wire.tensors import Arrays
from shared.service.workers.client import WorkerLostError
from shared.service.workers.pool import WorkerPool
from tests.shared.service.fake_service import FakeWorker, starter

PATH = Path("/models/words/1")


def texts(*values: str) -> Arrays:
    return {"text": np.asarray([value.encode() for value in values], object)}


def test_every_worker_holds_every_version_and_one_that_comes_later_too() -> None:
    first, second, later = FakeWorker(), FakeWorker(), FakeWorker()

    async def scenario() -> None:
        pool = WorkerPool(starter(first, second, later), 2, Limits(), Metrics())
        await pool.open()
        await pool.load(PATH)
        assert first.loaded == second.loaded == [PATH]
        with pytest.raises(WorkerLostError):
            await pool.run(PATH, "serving_default", texts("die"), 1)
        while later.loaded != [PATH]:  # the test's own timeout is the limit
            await asyncio.sleep(0.005)
        answer = await pool.run(PATH, "serving_default", texts("good"), 1)
        assert answer["class_name"].tolist() == [b"good"]
        await pool.close()
        assert not later.is_alive

    asyncio.run(scenario())


def test_without_a_worker_nothing_can_be_loaded_and_time_runs_out_for_who_waits() -> None:
    async def scenario() -> None:
        pool = WorkerPool(starter(), 0, Limits(request_seconds=0.05), Metrics())
        await pool.open()
        with pytest.raises(WorkerLostError, match="No worker process is alive"):
            await pool.load(PATH)
        with pytest.raises(RequestError, match=r"No answer within 0\.05 seconds") as late:
            await pool.run(PATH, "serving_default", texts("good"), 1)
        assert late.value.code == Code.DEADLINE_EXCEEDED
        await pool.close()

    asyncio.run(scenario())
