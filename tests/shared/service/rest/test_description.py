"""Requests that nobody here thought of, made by Schemathesis from the OpenAPI description."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import settings
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

from shared.service.rest.app import create_app
from shared.service.settings import Limits
from tests.shared.service.fake_service import FakeSource, opener

pytestmark = pytest.mark.slow

load_all_checks()

UNMET = [checks.unsupported_method]
"""TensorFlow Serving answers other methods with 400 `Malformed request`, not with 405."""

INTEGERS = [*UNMET, checks.positive_data_acceptance]
"""For models with integers: JSON Schema takes 1.0 for one, TensorFlow Serving does not."""


@pytest.fixture(scope="module")
def description() -> Iterator[Any]:
    source = FakeSource({"words": {1}, "numbers": {3}})
    app = create_app(opener(source, limits=Limits(instances=8)))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json")
    server.should_exit = True
    thread.join()


schema = schemathesis.pytest.from_fixture("description")


@schema.parametrize()
@settings(max_examples=20, deadline=None)
def test_every_answer_is_as_the_description_says(case: Any) -> None:
    has_integers = "/numbers" in case.path
    case.call_and_validate(excluded_checks=INTEGERS if has_integers else UNMET)
