from __future__ import annotations

import os
import signal
import threading

import pytest

from shared.training.signals import StopRequest, listen_for_stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_is_only_noted(number: signal.Signals) -> None:
    with listen_for_stop() as stop:
        assert not stop
        os.kill(os.getpid(), number)
        assert stop and stop.signal == number


def test_the_second_signal_does_what_it_did_before() -> None:
    with pytest.raises(KeyboardInterrupt), listen_for_stop() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop
        os.kill(os.getpid(), signal.SIGINT)


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
