from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from shared.service.models.endpoint import Endpoint, TensorSpec, endpoints_of
from shared.service.models.version import Version
from shared.service.status import RequestError
from tests.shared.service.fake_service import signatures

WINDOW = Endpoint("serving_default", "p", {"w": TensorSpec(1, (None, 2))}, {})


def test_a_version_is_unused_only_when_the_last_request_has_left() -> None:
    async def scenario() -> None:
        version = Version("words", 1, Path("1"))
        await asyncio.wait_for(version.unused(), 1)
        with version.in_use():
            leaving = asyncio.create_task(version.unused())
            with version.in_use():
                pass
            await asyncio.sleep(0)
            assert not leaving.done()
        await asyncio.wait_for(leaving, 1)

    asyncio.run(scenario())


def test_a_request_that_failed_has_left_too() -> None:
    async def scenario() -> None:
        version = Version("words", 1, Path("1"))
        with pytest.raises(ZeroDivisionError), version.in_use():
            raise ZeroDivisionError
        await asyncio.wait_for(version.unused(), 1)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((3, 2)), "has type float64, expected float"),
        (np.zeros((3, 1), np.float32), r"Expecting shape \[\?,2\] but got: \[3,1\]"),
        (np.zeros(2, np.float32), r"Expecting shape"),
    ],
)
def test_what_does_not_fit_is_told(array: np.ndarray, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        WINDOW.check({"w": array})


def test_what_fits_says_how_many_rows_it_has() -> None:
    assert WINDOW.check({"w": np.zeros((3, 2), np.float32)}) == 3


def test_the_operation_that_makes_a_model_ready_is_no_endpoint() -> None:
    assert list(endpoints_of(signatures("words"))) == ["scores", "serving_default"]
