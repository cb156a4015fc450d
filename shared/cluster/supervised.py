"""The worker's side of supervision: a worker never outlives its supervisor.

The supervisor keeps the writing end of a pipe open and writes nothing. However it ends, kill -9
included, the system closes that end, and every worker sees the end of the file. Unlike
prctl(PR_SET_PDEATHSIG) this works wherever pipes do, also when the worker starts after its
supervisor has gone.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import MutableMapping

__all__ = ["PORT_TAKEN_EXIT_CODE", "SUPERVISOR_PIPE_VARIABLE", "watch_supervisor"]

SUPERVISOR_PIPE_VARIABLE = "PLUMBLINE_SUPERVISOR_PIPE"
"""File descriptor of the reading end of the supervisor's pipe."""
PORT_TAKEN_EXIT_CODE = 75
"""Exit code by which a worker says that its port was taken (EX_TEMPFAIL of sysexits.h: try
again)."""
_GRACE_SECONDS = 30.0
"""What training has for a last checkpoint: the default of Kubernetes and Slurm between SIGTERM and
SIGKILL."""


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
