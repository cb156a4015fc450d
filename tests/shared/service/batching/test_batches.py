from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from shared.service.batching.batches import join_inputs, join_outputs, slice_rows, split_outputs
from shared.service.batching.queue import BatchKey, BatchQueue, Waiting
from shared.service.settings import Limits
from shared.service.status import RequestError


def waiting(*values: float, version: str = "1") -> Waiting:
    inputs = {"x": np.asarray(values, np.float32)}
    key = BatchKey.of(Path(version), "serving_default", inputs)
    return Waiting(key, inputs, len(values), asyncio.get_running_loop().create_future())


def in_loop(scenario: Callable[[], None]) -> None:
    async def run() -> None:
        scenario()

    asyncio.run(run())


def test_rows_go_in_one_below_the_other_and_come_back_to_their_owners() -> None:
    def scenario() -> None:
        batch = [waiting(1, 2), waiting(3), waiting(4, 5)]
        joined = join_inputs(batch)
        assert joined["x"].tolist() == [1, 2, 3, 4, 5]
        parts = list(split_outputs(batch, {"y": joined["x"] * 10}))
        assert [part["y"].tolist() for part in parts] == [[10, 20], [30], [40, 50]]

    in_loop(scenario)


@pytest.mark.parametrize("output", [np.zeros(4), np.float32(1)])
def test_an_output_without_a_row_for_each_is_nobodys(output: np.ndarray) -> None:
    def scenario() -> None:
        with pytest.raises(RequestError, match="expected 3 rows"):
            list(split_outputs([waiting(1, 2), waiting(3)], {"y": np.asarray(output)}))

    in_loop(scenario)


def test_a_long_request_is_cut_and_put_together_again() -> None:
    parts = slice_rows({"x": np.arange(5)}, 5, 2)
    assert [part["x"].tolist() for part in parts] == [[0, 1], [2, 3], [4]]
    assert join_outputs(parts)["x"].tolist() == [0, 1, 2, 3, 4]
    assert len(slice_rows({"x": np.arange(0)}, 0, 2)) == 1


def test_a_batch_has_rows_of_one_version_and_no_more_than_it_may() -> None:
    async def scenario() -> None:
        queue = BatchQueue(Limits(batch_rows=3))
        first, other, second, third = waiting(1, 2), waiting(9, version="2"), waiting(3), waiting(4)
        for one in (first, other, second, third):
            queue.put(one)
        taken = [await queue.take() for _ in range(3)]
        assert taken == [[first, second], [other], [third]]
        assert queue.num_rows == 0

    asyncio.run(scenario())


def test_what_was_not_run_is_the_next_in_its_order() -> None:
    async def scenario() -> None:
        queue = BatchQueue(Limits(batch_rows=2))
        ones = [waiting(1), waiting(2), waiting(3)]
        for one in ones:
            queue.put(one)
        queue.put_back(await queue.take())
        assert await queue.take() == ones[:2]

    asyncio.run(scenario())
