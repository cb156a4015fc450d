"""A tab of a real browser, and a server with invented models."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.devtools import Tab, open_tab
from tests.browser.invented_service import Invented, running


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    """With a microphone that beeps."""
    beeping = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with open_tab(*beeping) as tab:
        yield tab


@pytest.fixture
def service() -> Iterator[Invented]:
    with running() as invented:
        yield invented


@pytest.fixture
def tab(browser: Tab) -> Iterator[Tab]:
    """What the browser complains of is a failure."""
    browser.requests.clear()
    browser.complaints.clear()
    browser.show(1366, 900)
    yield browser
    assert browser.complaints == []
