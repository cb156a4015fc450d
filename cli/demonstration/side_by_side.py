"""Commands that run side by side, and whose output stays in order."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from shared.cluster.processors import num_processors

__all__ = ["Places", "find_places", "run_side_by_side"]

_BYTES_OF_A_RUN = 3 << 30
_THREAD_VARIABLES = (
    "TF_NUM_INTRAOP_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)


@dataclass(frozen=True)
class Places:
    """How many commands have room.

    Attributes:
        at_once: Commands.
        threads: Of each.
    """

    at_once: int
    threads: int

    @property
    def variables(self) -> dict[str, str]:
        """Environment by which a command keeps to its threads."""
        return dict.fromkeys(_THREAD_VARIABLES, str(self.threads))


def find_places(num_commands: int) -> Places:
    """One for each processor, as far as memory goes; a single one where there is a GPU."""
    processors = num_processors()
    memory = psutil.virtual_memory().available // _BYTES_OF_A_RUN
    at_once = 1 if _has_gpu() else max(1, min(num_commands, processors, memory))
    return Places(at_once, max(1, processors // at_once))


def _has_gpu() -> bool:
    return any(Path("/dev").glob("nvidia[0-9]*"))


@dataclass
class _Command:
    """One of them."""

    words: Sequence[str]
    lines: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)
    process: subprocess.Popen[str] | None = None
    seconds: float = 0.0

    def run(self, environment: Mapping[str, str]) -> None:
        """Start it, and collect its lines until it has ended."""
        started = time.perf_counter()
        self.process = subprocess.Popen(  # noqa: S603 - our own, arguments as a list
            list(self.words),
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        with self.process as process:
            for line in process.stdout or ():
                self.lines.put(line.rstrip("\n"))
        self.seconds = time.perf_counter() - started
        self.lines.put(None)

    def stop(self) -> None:
        """Ask it to end, which it does once it has saved."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()


def run_side_by_side(
    commands: Sequence[Sequence[str]],
    places: Places,
    show: Callable[[str], None],
    *,
    environment: Mapping[str, str] = os.environ,
) -> tuple[int, list[float]]:
    """Run all; the output of each is shown as it comes once those before it have ended.

    SIGTERM and Ctrl-C reach all of them, and are waited for. After one that failed no further one
    is begun.

    Args:
        commands: Words of each.
        places: How many run at once, with how many threads.
        show: Shows a line.
        environment: Of all of them.

    Returns:
        The exit code of the first that failed, else 0; and the seconds of each.
    """
    waiting = [_Command(words) for words in commands]
    ended = threading.Event()
    with _passing_on_signals(waiting, ended):
        threads = _start(waiting, places, dict(environment) | places.variables, ended)
        for command in waiting:
            while (line := command.lines.get()) is not None:
                show(line)
            if command.process is None or command.process.returncode:
                ended.set()
        for thread in threads:
            thread.join()
    codes = [one.process.returncode for one in waiting if one.process is not None]
    failed = next((code for code in codes if code), 0)
    return (128 - failed if failed < 0 else failed), [one.seconds for one in waiting]


def _start(
    commands: Sequence[_Command],
    places: Places,
    environment: Mapping[str, str],
    ended: threading.Event,
) -> list[threading.Thread]:
    """A thread for each place, which takes the next command that none has taken."""
    to_do: queue.SimpleQueue[_Command] = queue.SimpleQueue()
    for command in commands:
        to_do.put(command)

    def work() -> None:
        while not to_do.empty():
            try:
                command = to_do.get_nowait()
            except queue.Empty:
                return
            if ended.is_set():
                command.lines.put(None)
            else:
                command.run(environment)
                if command.process is not None and command.process.returncode:
                    ended.set()

    threads = [threading.Thread(target=work) for _ in range(places.at_once)]
    for thread in threads:
        thread.start()
    return threads


@contextmanager
def _passing_on_signals(commands: Sequence[_Command], ended: threading.Event) -> Iterator[None]:
    """Ctrl-C reaches the commands by itself: the terminal sends it to all processes before it."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        del frame
        ended.set()
        if number == signal.SIGTERM:
            for command in commands:
                command.stop()

    before = {one: signal.signal(one, pass_on) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
