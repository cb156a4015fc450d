from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.service.batching.deadlines import Deadlines


def test_each_fails_when_its_own_time_is_over_and_who_has_an_answer_does_not() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        deadlines = Deadlines(0.2)
        early: asyncio.Future[Any] = loop.create_future()
        answered: asyncio.Future[Any] = loop.create_future()
        late: asyncio.Future[Any] = loop.create_future()
        deadlines.watch(early)
        deadlines.watch(answered)
        answered.set_result(1)
        await asyncio.sleep(0.1)
        deadlines.watch(late)
        with pytest.raises(TimeoutError):
            await early
        assert not late.done()
        with pytest.raises(TimeoutError):
            await late
        assert answered.result() == 1

    asyncio.run(scenario())


def test_who_is_forgotten_does_not_fail_and_the_clock_starts_again() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        deadlines = Deadlines(0.02)
        gone: asyncio.Future[Any] = loop.create_future()
        deadlines.watch(gone)
        deadlines.forget(gone)
        deadlines.forget(gone)
        await asyncio.sleep(0.05)
        assert not gone.done()
        again: asyncio.Future[Any] = loop.create_future()
        deadlines.watch(again)
        with pytest.raises(TimeoutError):
            await again

    asyncio.run(scenario())
