"""Starting the processes of a local cluster, watching them, and stopping all when one fails.

Leaves no process behind.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from shared.cluster.worker_process import SUPERVISOR_PIPE_VARIABLE

__all__ = ["FAILURE_GRACE_SECONDS", "SIGNAL_GRACE_SECONDS", "Outcome", "WorkerProcess", "supervise"]

FAILURE_GRACE_SECONDS = 5.0
"""Between SIGTERM and SIGKILL once a worker has failed: without it the others can't finish a step,
so they have nothing to save."""
SIGNAL_GRACE_SECONDS = 25.0
"""Between SIGTERM and SIGKILL if the person stopped the run: time for a checkpoint, within the 30 s
that Slurm and Kubernetes give us."""
_POLL_SECONDS = 0.05
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class WorkerProcess:
    """What to start.

    Attributes:
        command: Program and arguments.
        environment: Its environment variables, complete.
        log: File to which stdout and stderr are appended.
        inherited: File descriptors that it gets, beside the three standard ones.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    inherited: tuple[int, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How a cluster ended.

    Attributes:
        exit_codes: One per worker; -n if signal n ended it.
        failed: Workers that failed by themselves; not those that were then stopped.
        stopped_by: The signal that this process received and passed on, if any.
    """

    exit_codes: tuple[int, ...]
    failed: tuple[int, ...]
    stopped_by: signal.Signals | None


def supervise(
    workers: Sequence[WorkerProcess],
    show: Callable[[bytes], None],
    *,
    started: Callable[[], None] = lambda: None,
    chief_ends_all: bool = True,
    failure_grace_seconds: float = FAILURE_GRACE_SECONDS,
    signal_grace_seconds: float = SIGNAL_GRACE_SECONDS,
) -> Outcome:
    """Run all workers until they have ended, or one has failed and the others were stopped.

    SIGINT, SIGTERM and SIGHUP are passed on to all as SIGTERM; a second one kills at once. Call it
    in the main thread.

    Args:
        workers: The first one is the chief.
        show: Receives what the chief writes to stdout, as it comes; also in its log.
        started: Called once all have inherited what they need, so that this process can close it.
        chief_ends_all: Whether the others should be ending when the chief has finished.
        failure_grace_seconds: Between SIGTERM and SIGKILL after a failure.
        signal_grace_seconds: Between SIGTERM and SIGKILL after a signal.
    """
    with _received_signals() as received, _Processes(workers, show) as processes:
        started()
        end: _End | None = None
        while processes.poll():
            now = time.monotonic()
            if end is None and received:
                end = _End(processes.failed(), now, now + signal_grace_seconds)
            elif end is None and processes.failed():
                end = _End(processes.failed(), now, now + failure_grace_seconds)
            elif end is None and chief_ends_all and processes.has_chief_finished():
                # The chief has the last word; the others should be ending by now.
                patience = now + failure_grace_seconds
                end = _End((), patience, patience + failure_grace_seconds)
            if end is not None:
                end.send_due(processes, now, at_once=len(received) > 1)
            time.sleep(_POLL_SECONDS)
        failed = processes.failed() if end is None else end.failed
        return Outcome(processes.exit_codes(), failed, received[0] if received else None)


@dataclass
class _End:
    """The end of all workers, once it has begun.

    Attributes:
        failed: Those that had failed before any was stopped.
        terminate_at: When to send SIGTERM (monotonic clock, in seconds); infinite once it is sent.
        kill_at: When to send SIGKILL.
    """

    failed: tuple[int, ...]
    terminate_at: float
    kill_at: float

    def send_due(self, processes: _Processes, now: float, *, at_once: bool) -> None:
        """Send the signal whose time has come; `at_once` kills."""
        if at_once or now >= self.kill_at:
            processes.send(signal.SIGKILL)
        elif now >= self.terminate_at:
            self.terminate_at = math.inf
            processes.send(signal.SIGTERM)


@contextmanager
def _received_signals() -> Iterator[list[signal.Signals]]:
    """Collects the signals that would end this process, while the block runs."""
    received: list[signal.Signals] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        received.append(signal.Signals(number))

    before = {number: signal.signal(number, remember) for number in _FORWARDED}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class _Processes:
    """The started processes; whatever happens, none is left when the block ends."""

    workers: Sequence[WorkerProcess]
    show: Callable[[bytes], None]
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _resources: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> _Processes:
        try:
            reading, writing = os.pipe()  # neither end is inherited, unless it is named
            self._resources.callback(os.close, writing)
            try:
                for worker in self.workers:
                    self._running.append(self._start(worker, reading))
            finally:
                os.close(reading)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _start(self, worker: WorkerProcess, supervisor_pipe: int) -> subprocess.Popen[bytes]:
        is_chief = not self._running
        worker.log.parent.mkdir(parents=True, exist_ok=True)
        log = self._resources.enter_context(worker.log.open("ab", buffering=0))
        process = subprocess.Popen(  # noqa: S603 - this program, arguments as a list
            worker.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if is_chief else log,
            stderr=log,
            env={**worker.environment, SUPERVISOR_PIPE_VARIABLE: str(supervisor_pipe)},
            pass_fds=(supervisor_pipe, *worker.inherited),
            # Ctrl-C goes to us alone, and what a worker starts can be killed with it
            start_new_session=True,
        )
        if process.stdout is not None:
            teeing = threading.Thread(
                target=_tee, args=(process.stdout, log, self.show), daemon=True
            )
            teeing.start()
            self._resources.callback(teeing.join, timeout=1.0)
        return process

    def poll(self) -> bool:
        """Whether any is still running."""
        exit_codes = [process.poll() for process in self._running]
        return None in exit_codes

    def has_chief_finished(self) -> bool:
        """Whether the chief has ended as it should."""
        return self._running[0].returncode == 0

    def failed(self) -> tuple[int, ...]:
        """Those that have ended with another exit code than 0."""
        return tuple(
            index
            for index, process in enumerate(self._running)
            if process.returncode not in (None, 0)
        )

    def exit_codes(self) -> tuple[int, ...]:
        """Of all; waits for them."""
        return tuple(process.wait() for process in self._running)

    def send(self, number: signal.Signals) -> None:
        """To every worker that still runs; SIGKILL also reaches what it has started."""
        for process in self._running:
            if process.poll() is None:
                if number == signal.SIGKILL:
                    os.killpg(process.pid, number)
                else:
                    process.send_signal(number)

    def _end(self) -> None:
        self.send(signal.SIGKILL)
        for process in self._running:
            process.wait()
        self._resources.close()


def _tee(stream: IO[bytes], log: IO[bytes], show: Callable[[bytes], None]) -> None:
    with stream:
        while block := os.read(stream.fileno(), 1 << 16):
            log.write(block)
            show(block)
