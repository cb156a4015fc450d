"""Starting the processes of a local cluster, watching them, and stopping all when one fails. Leaves no process behind."""

from __future__ import annotations

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

from shared.cluster.supervised import SUPERVISOR_PIPE_VARIABLE

__all__ = ["FAILURE_GRACE_SECONDS", "SIGNAL_GRACE_SECONDS", "Outcome", "WorkerProcess", "supervise"]

FAILURE_GRACE_SECONDS = 5.0
"""Between SIGTERM and SIGKILL once a worker has failed: without it the others can't finish a step, so they have nothing to save."""
SIGNAL_GRACE_SECONDS = 25.0
"""Between SIGTERM and SIGKILL if the person stopped the run: time for a checkpoint, within the 30 s that Slurm and Kubernetes give us."""
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
        failed: Workers that failed by themselves, in the order in which they did; not those that were then stopped.
        stopped_by: The signal that this process received and passed on, if any.
    """

    exit_codes: tuple[int, ...]
    failed: tuple[int, ...]
    stopped_by: signal.Signals | None


def supervise(
    workers: Sequence[WorkerProcess],
    show: Callable[[bytes], None],
    *,
    failure_grace_seconds: float = FAILURE_GRACE_SECONDS,
    signal_grace_seconds: float = SIGNAL_GRACE_SECONDS,
) -> Outcome:
    """Run all workers until they have ended, or one has failed and the others were stopped.

    SIGINT, SIGTERM and SIGHUP are passed on to all as SIGTERM; a second one kills at once. Call it in the main thread.

    Args:
        workers: The first one is the chief.
        show: Receives what the chief writes to stdout, as it comes; also in its log.
        failure_grace_seconds: Between SIGTERM and SIGKILL after a failure.
        signal_grace_seconds: Between SIGTERM and SIGKILL after a signal.
    """
    with _received_signals() as received, _Processes(workers, show) as processes:
        failed: list[int] = []
        kill_at = float("inf")
        while processes.poll():
            new = [] if kill_at < float("inf") else processes.failed()
            failed += new
            if kill_at == float("inf") and (new or received or processes.is_finished()):
                processes.signal(signal.SIGTERM)
                kill_at = time.monotonic() + (signal_grace_seconds if received else failure_grace_seconds)
            if len(received) > 1 or time.monotonic() > kill_at:
                processes.kill()
            time.sleep(_POLL_SECONDS)
        failed += [] if kill_at < float("inf") else processes.failed()
        return Outcome(processes.exit_codes(), tuple(failed), received[0] if received else None)


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
            start_new_session=True,  # Ctrl-C goes to us alone, and what a worker starts can be killed with it
        )
        if process.stdout is not None:
            teeing = threading.Thread(target=_tee, args=(process.stdout, log, self.show), daemon=True)
            teeing.start()
            self._resources.callback(teeing.join, timeout=1.0)
        return process

    def poll(self) -> bool:
        """Whether any is still running."""
        exit_codes = [process.poll() for process in self._running]
        return None in exit_codes

    def is_finished(self) -> bool:
        """Whether the chief has done its work, which is the last of all."""
        return self._running[0].returncode == 0

    def failed(self) -> list[int]:
        """Those that ended with another exit code than 0."""
        return [index for index, process in enumerate(self._running) if process.returncode not in (None, 0)]

    def exit_codes(self) -> tuple[int, ...]:
        return tuple(process.wait() for process in self._running)

    def signal(self, number: signal.Signals) -> None:
        for process in self._running:
            process.send_signal(number)  # nothing, if it has ended

    def kill(self) -> None:
        """Every worker that still runs, with all that it has started."""
        for process in self._running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)

    def _end(self) -> None:
        self.kill()
        for process in self._running:
            process.wait()
        self._resources.close()


def _tee(stream: IO[bytes], log: IO[bytes], show: Callable[[bytes], None]) -> None:
    descriptor = stream.fileno()
    while block := os.read(descriptor, 1 << 16):
        log.write(block)
        show(block)
