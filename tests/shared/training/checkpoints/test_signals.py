from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from shared.errors import StoppedError
from shared.training.checkpoints.signals import StopRequest, listen_for_stop


@pytest.fixture(autouse=True)
def interrupting() -> Iterator[None]:
    """Outside of the block both signals interrupt, as they do in a run."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_is_only_noted(number: signal.Signals) -> None:
    with pytest.raises(StoppedError), listen_for_stop() as stop:
        assert not stop
        os.kill(os.getpid(), number)
        assert stop and stop.signal == number
        raise StoppedError("acted on", number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_that_was_not_acted_on_is_not_lost(number: signal.Signals) -> None:
    reached_the_end = False
    with pytest.raises(KeyboardInterrupt), listen_for_stop():
        os.kill(os.getpid(), number)
        reached_the_end = True
    assert reached_the_end


def test_the_second_signal_does_what_it_did_before() -> None:
    with pytest.raises(KeyboardInterrupt), listen_for_stop() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError


def test_handlers_are_as_before_afterwards() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with listen_for_stop():
        assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] != before
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_other_threads_may_train_and_are_never_stopped() -> None:
    requests: list[StopRequest] = []

    def listen() -> None:
        with listen_for_stop() as stop:
            requests.append(stop)

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert len(requests) == 1 and not requests[0]
