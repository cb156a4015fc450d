"""Being asked to stop: what training does when a person or a scheduler wants the machine back."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["StopRequest", "listen_for_stop"]


class StopRequest:
    """Whether this process was asked to stop."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    def __bool__(self) -> bool:
        return self.signal is not None


@contextmanager
def listen_for_stop() -> Iterator[StopRequest]:
    """While the block runs, a first SIGTERM or Ctrl-C is only noted.

    So the step at hand can be finished and saved. A second signal does what the first would have
    done outside, and so does one that the block did not act on, once it has ended. Threads other
    than the main one can't listen: nothing is noted there.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def give_back() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def note(number: int, frame: FrameType | None) -> None:
        request.signal = signal.Signals(number)
        give_back()

    for number in previous:
        signal.signal(number, note)
    try:
        yield request
    finally:
        give_back()
    if request.signal is not None:
        signal.raise_signal(request.signal)
