"""Batches, limits, versions and deaths, with invented workers."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.service.models.endpoint import Endpoint
from shared.service.service import Answer, Asked, Service
from shared.service.settings import Limits
from shared.service.status import Code, RequestError
from shared.service.telemetry.input_log import InputLog
from shared.service.telemetry.request_log import RequestLog
from shared.service.wire.tensors import Arrays
from tests.shared.service.fake_service import FakeSource, FakeWorker, opener


def serve(
    scenario: Callable[[Service], Awaitable[None]],
    *workers: FakeWorker,
    source: FakeSource | None = None,
    **options: Any,
) -> None:
    async def run() -> None:
        async with opener(source or FakeSource(), *workers, **options)() as service:
            await scenario(service)

    asyncio.run(run())


async def ask(service: Service, *texts: str, version: int | None = None) -> Answer:
    def read(_: Endpoint) -> Arrays:
        return {"text": np.asarray([text.encode() for text in texts], dtype=object)}

    return await service.predict(Asked("words", version), "serving_default", read, door="rest")


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what must happen; the test's own timeout is the limit."""
    while not condition():
        await asyncio.sleep(0.005)


def test_requests_that_wait_share_a_batch_and_each_gets_its_own_answer() -> None:
    worker = FakeWorker(delay=0.05)

    async def scenario(service: Service) -> None:
        asked = [ask(service, f"good {number}", "") for number in range(20)]
        answers = await asyncio.gather(*asked)
        for number, answer in enumerate(answers):
            sent = [f"good {number}".encode(), b""]
            assert answer.outputs["text_bytes"].tolist() == sent

    serve(scenario, worker, limits=Limits(batch_rows=8))
    assert sum(worker.batches) == 40
    assert max(worker.batches) == 8
    assert len(worker.batches) <= 7


def test_batches_of_one_row_turn_batching_off() -> None:
    worker = FakeWorker(delay=0.005)

    async def scenario(service: Service) -> None:
        await asyncio.gather(*(ask(service, "good") for _ in range(5)))

    serve(scenario, worker, limits=Limits(batch_rows=1))
    assert worker.batches == [1] * 5


def test_an_idle_worker_waits_for_more_rows_only_where_it_is_told_to() -> None:
    worker = FakeWorker()

    async def scenario(service: Service) -> None:
        first = asyncio.create_task(ask(service, "good"))
        await asyncio.sleep(0.01)
        await asyncio.gather(first, ask(service, "bad"))

    serve(scenario, worker, limits=Limits(batch_rows=2, batch_wait_seconds=20.0))
    assert worker.batches == [2]


def test_a_batch_that_the_graph_refuses_is_run_again_without_its_neighbours() -> None:
    async def scenario(service: Service) -> None:
        asked = [ask(service, text) for text in ("good 1", "refuse", "good 2")]
        first, second, third = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(second, RequestError)
        assert second.code == Code.INVALID_ARGUMENT
        for answer in (first, third):
            assert isinstance(answer, Answer)

    serve(scenario, FakeWorker(delay=0.02))


def test_a_full_queue_answers_at_once_that_it_is_full() -> None:
    async def scenario(service: Service) -> None:
        asked = [asyncio.create_task(ask(service, "good")) for _ in range(10)]
        results = await asyncio.gather(*asked, return_exceptions=True)
        refused = [one for one in results if isinstance(one, RequestError)]
        assert {one.code for one in refused} == {Code.UNAVAILABLE}
        assert 0 < len(refused) < 10
        await ask(service, "good")

    serve(scenario, FakeWorker(delay=0.05), limits=Limits(batch_rows=1, queue_rows=4))


def test_a_dead_worker_costs_its_batch_and_another_takes_its_place() -> None:
    first = FakeWorker()
    second = FakeWorker()

    async def scenario(service: Service) -> None:
        with pytest.raises(RequestError) as raised:
            await ask(service, "die")
        assert raised.value.code == Code.UNAVAILABLE
        answer = await ask(service, "good")  # waits for the next worker
        assert answer.outputs["class_name"].tolist() == [b"good"]

    serve(scenario, first, second)
    assert sorted(second.loaded) == sorted(first.loaded), "the new one holds the same versions"


def test_a_worker_that_dies_idle_costs_nothing() -> None:
    worker = FakeWorker()

    async def scenario(service: Service) -> None:
        worker.kill()
        assert (await ask(service, "good")).outputs["error"].tolist() == [b""]

    serve(scenario, worker)


def test_a_batch_that_takes_too_long_ends_its_worker() -> None:
    worker = FakeWorker()

    async def scenario(service: Service) -> None:
        with pytest.raises(RequestError) as raised:
            await ask(service, "hang")
        assert raised.value.code in (Code.DEADLINE_EXCEEDED, Code.UNAVAILABLE)
        await until(lambda: not worker.is_alive)
        await ask(service, "good")

    serve(scenario, worker, limits=Limits(request_seconds=0.2))


def test_who_gives_up_waiting_is_not_run() -> None:
    worker = FakeWorker(delay=0.05)

    async def scenario(service: Service) -> None:
        first = asyncio.create_task(ask(service, "good"))
        await until(lambda: bool(worker.batches))
        second = asyncio.create_task(ask(service, "bad"))
        await until(lambda: service.pool.queue.num_rows == 1)
        second.cancel()
        await first
        await ask(service, "good")
        assert service.pool.queue.num_rows == 0

    serve(scenario, worker)
    assert worker.batches == [1, 1]


def test_a_new_version_takes_over_without_a_dropped_request() -> None:
    source = FakeSource()
    worker = FakeWorker(delay=0.002)

    async def scenario(service: Service) -> None:
        seen: list[int] = []

        async def client() -> None:
            while 2 not in seen:
                seen.append(int((await ask(service, "good")).outputs["version"][0]))

        clients = [asyncio.create_task(client()) for _ in range(8)]
        await until(lambda: len(seen) > 20)
        source.versions["words"] = {2}
        source.labels["words"] = {"stable": 2}
        await asyncio.gather(*clients)  # raises what any of them was refused with
        await until(lambda: Path("/models/words/1") not in worker.loaded)
        states = {one.number: one.state.name for one in service.registry.statuses("words")}
        assert states == {2: "AVAILABLE", 1: "END"}
        assert service.registry.find("words", label="stable").number == 2

    serve(scenario, worker, source=source)


def test_a_version_that_cannot_be_loaded_leaves_the_old_one() -> None:
    source = FakeSource()

    async def scenario(service: Service) -> None:
        source.versions["words"] = {2}
        source.labels["words"] = {"stable": 2}
        await until(lambda: len(service.registry.statuses("words")) == 2)
        assert (await ask(service, "good")).version.number == 1
        assert service.registry.find("words", label="stable").number == 1
        broken = service.registry.statuses("words", 2)[0]
        assert (broken.state.name, broken.code) == ("END", Code.NOT_FOUND)

    serve(scenario, FakeWorker(unloadable={"/models/words/2"}), source=source)


def numbers(service: Service) -> list[int]:
    return [version.number for version in service.registry.available("words")]


def source_number(source: FakeSource) -> int:
    (number,) = source.versions["words"]
    return number


def test_a_rollback_loads_the_old_version_again() -> None:
    source = FakeSource()

    async def scenario(service: Service) -> None:
        for wanted in (2, 1):
            source.versions["words"] = {wanted}
            await until(lambda: numbers(service) == [source_number(source)])

    serve(scenario, source=source)


def test_the_request_log_holds_hashes_and_never_inputs(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"

    async def scenario(service: Service) -> None:
        await ask(service, "a good secret")
        with pytest.raises(RequestError):
            await ask(service, "a good secret", version=9)

    log = RequestLog(path)
    serve(scenario, request_log=log)
    log.close()
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert "secret" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert first["rows"][0]["class_name"] == "good"
    assert first["rows"][0]["sha256"] == hashlib.sha256(b"a good secret").hexdigest()
    assert first["version"] == 1
    assert (second["code"], second["version"], second["rows"]) == ("NOT_FOUND", None, [])


def test_inputs_are_kept_as_files_by_what_they_are(tmp_path: Path) -> None:
    async def kept(service: Service) -> None:
        await ask(service, "good", "RIFF....")

    serve(kept, input_log=InputLog(tmp_path / "inputs"))
    files = sorted((tmp_path / "inputs" / "words").rglob("*.*"))
    assert [file.suffix for file in files] == [".txt", ".wav"]
    assert files[0].read_text() == "good"
    assert (tmp_path / "inputs").stat().st_mode & 0o777 == 0o700
