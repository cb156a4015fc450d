"""What a worker says of a folder that it can't load."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.service.status import Code
from shared.service.wire.messages import message
from shared.service.workers import process
from shared.service.workers.process import FRAME


def answered(call: Any) -> Any:
    """What the other end of a worker's socket reads."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process._Worker(theirs)._answer(call)
        (length,) = FRAME.unpack(ours.recv(FRAME.size))
        return message("WorkerAnswer").FromString(ours.recv(length))


def failing(error: Exception) -> Callable[[Path], Any]:
    def load(_: Path) -> Any:
        raise error

    return load


def test_whatever_stops_a_load_is_answered_for_its_caller_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "_load_model", failing(KeyError("a damaged record")))
    answer = answered(message("WorkerCall")(id=7, action="load", path="/models/words/1"))
    assert (answer.id, answer.code) == (7, Code.INTERNAL)
    assert answer.text == "/models/words/1 can't be loaded: KeyError: 'a damaged record'"
