"""How a worker ends its process.

As Python ends, TensorFlow 2.21 takes a cluster's connections apart and waits for the other workers.
One that has gone already, by a signal that came to all or because it was quicker, keeps the process
for a minute and more, when no Python code runs that could stop it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import NoReturn

__all__ = ["end_process", "note_joining"]

_LINGER_SECONDS = 0.5
"""What was sent last may still be on its way to the others."""
_has_joined = threading.Event()


def note_joining() -> None:
    """Remember that this process has joined a cluster.

    An exception that nobody catches ends it at once as well.
    """
    _has_joined.set()
    sys.excepthook = _end_with_traceback


def end_process(exit_code: int) -> NoReturn:
    """End as `sys.exit` does; without clearing up what only exists in memory, if this process has joined a cluster.

    Call it last, in the main thread: all files are closed by then.
    """
    if _has_joined.is_set():
        sys.stdout.flush()
        sys.stderr.flush()
        time.sleep(_LINGER_SECONDS)
        os._exit(exit_code)
    sys.exit(exit_code)


def _end_with_traceback(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    sys.__excepthook__(kind, error, traceback)
    end_process(1)
