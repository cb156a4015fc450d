"""A worker's process: the port that is kept for it, its supervisor, and how it ends.

**Ports.** Asking the system for a free port and naming it to a worker is a race: the worker takes
ten seconds to start, and the port may be gone. Here the launcher binds a socket and lets the worker
inherit it; a bound socket keeps others away without listening. The worker closes it in the line
before TensorFlow binds the port itself. The launcher starts again on other ports if even that
moment was too long.

**Supervision.** A worker never outlives its supervisor, which keeps the writing end of a pipe open
and writes nothing. However it ends, kill -9 included, the system closes that end, and every worker
sees the end of the file. Unlike prctl(PR_SET_PDEATHSIG) this works wherever pipes do, also when the
worker starts after its supervisor has gone.

**The end.** As Python ends, TensorFlow 2.21 takes a cluster's connections apart and waits for the
other workers. One that has gone already, by a signal that came to all or because it was quicker,
keeps the process for a minute and more, when no Python code runs that could stop it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import MutableMapping
from types import TracebackType
from typing import NoReturn

__all__ = [
    "LOOPBACK",
    "PORT_SOCKET_VARIABLE",
    "PORT_TAKEN_EXIT_CODE",
    "SUPERVISOR_PIPE_VARIABLE",
    "end_process",
    "note_joining",
    "release_port",
    "reserve_port",
    "watch_supervisor",
]

LOOPBACK = "127.0.0.1"
PORT_SOCKET_VARIABLE = "PLUMBLINE_PORT_SOCKET"
"""File descriptor of the inherited socket that holds this worker's port."""

SUPERVISOR_PIPE_VARIABLE = "PLUMBLINE_SUPERVISOR_PIPE"
"""File descriptor of the reading end of the supervisor's pipe."""
PORT_TAKEN_EXIT_CODE = 75
"""Exit code by which a worker says that its port was taken (EX_TEMPFAIL of sysexits.h: try
again)."""
_GRACE_SECONDS = 30.0
"""What training has for a last checkpoint: the default of Kubernetes and Slurm between SIGTERM and
SIGKILL."""

_LINGER_SECONDS = 0.5
"""What was sent last may still be on its way to the others."""
_has_joined = threading.Event()


def reserve_port() -> socket.socket:
    """A socket bound to a free port of the loopback interface.

    Nobody else can bind the port while it is open.
    """
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.bind((LOOPBACK, 0))
    return holder


def release_port(environment: MutableMapping[str, str]) -> None:
    """Close the inherited socket, if there is one, so that TensorFlow can bind its port.

    Call it right before.

    Args:
        environment: `os.environ`; the variable is removed, since the descriptor may come to mean
            another file.
    """
    descriptor = environment.pop(PORT_SOCKET_VARIABLE, None)
    if descriptor is not None:
        os.close(int(descriptor))


def watch_supervisor(
    environment: MutableMapping[str, str], *, grace_seconds: float = _GRACE_SECONDS
) -> None:
    """Stop this process when its supervisor is gone.

    SIGTERM at once, SIGALRM after the grace period. Does nothing without one.

    Args:
        environment: `os.environ`; the variable is removed, so that children of this process don't
            mistake it for theirs.
        grace_seconds: Between the two signals.
    """
    descriptor = environment.pop(SUPERVISOR_PIPE_VARIABLE, None)
    if descriptor is not None:
        os.set_inheritable(int(descriptor), False)
        threading.Thread(
            target=_stop_at_end_of_file,
            args=(int(descriptor), grace_seconds),
            name="supervisor",
            daemon=True,
        ).start()


def _stop_at_end_of_file(descriptor: int, grace_seconds: float) -> None:
    os.read(descriptor, 1)
    # The system keeps this clock: no thread of Python outlives the interpreter, but TensorFlow may
    # keep the process.
    signal.setitimer(signal.ITIMER_REAL, grace_seconds)
    os.kill(os.getpid(), signal.SIGTERM)


def note_joining() -> None:
    """Remember that this process has joined a cluster.

    An exception that nobody catches ends it at once as well.
    """
    _has_joined.set()
    sys.excepthook = _end_with_traceback


def end_process(exit_code: int) -> NoReturn:
    """End as `sys.exit` does; in a cluster without clearing up what only exists in memory.

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
