"""A cluster of workers on this machine, each of them the same `run` command."""

from __future__ import annotations

import codecs
import os
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.markup import escape

from cli.stopping import STOPPED_EXIT_CODE_VARIABLE
from shared.cluster.cluster import Cluster
from shared.cluster.devices import device_variables
from shared.cluster.discovery import find_cluster
from shared.cluster.supervisor import Outcome, WorkerProcess, supervise
from shared.cluster.worker_process import (
    LOOPBACK,
    PORT_SOCKET_VARIABLE,
    PORT_TAKEN_EXIT_CODE,
    reserve_port,
)
from shared.errors import ConfigError, UserError, WorkerError

__all__ = ["Launch", "launch_cluster", "options_of_run", "read_complaint"]

_MAX_PORTS_TRIED = 4
_NUM_LAST_LINES = 20
_COMPLAINT = "Error: "
"""How `run` begins the one message for a person who can fix the mistake."""


@dataclass(frozen=True)
class Launch:
    """What the person asked for.

    Attributes:
        name: Of the pipeline.
        options: Of `run`, without `--run-dir` and `--resume`.
        run_dir: Where the run lives; logs go to `logs/worker-<i>.log` below it.
        resume: Whether to go on where the run was stopped.
        num_workers: At least 1.
        devices_per_worker: GPUs of each worker, or logical CPU devices on a machine without GPUs;
            None for an equal share of the GPUs.
    """

    name: str
    options: tuple[str, ...]
    run_dir: Path
    resume: bool
    num_workers: int
    devices_per_worker: int | None

    def log(self, index: int) -> Path:
        """The log of one worker; later starts append to it."""
        return self.run_dir / "logs" / f"worker-{index}.log"

    def to_run(self) -> list[str]:
        """The command line of every worker."""
        resume = ["--resume"] if self.resume else []
        return [
            sys.executable,
            "-m",
            "pipelines",
            "run",
            self.name,
            *self.options,
            "--run-dir",
            str(self.run_dir),
            *resume,
        ]

    def to_resume(self) -> str:
        """What a person types to go on."""
        options = ["--workers", str(self.num_workers)]
        if self.devices_per_worker is not None:
            options += ["--devices-per-worker", str(self.devices_per_worker)]
        options += [*self.options, "--run-dir", str(self.run_dir), "--resume"]
        return shlex.join(["python", "-m", "pipelines", "launch", self.name, *options])


def launch_cluster(launch: Launch, console: Console) -> int:
    """Start the workers, show what the chief prints, and wait until all have ended.

    Args:
        launch: What to start.
        console: Where the chief's progress is shown.

    Returns:
        0, or 128 + the number of the signal that stopped it.

    Raises:
        ConfigError: This process already belongs to a cluster, or the machine has too few GPUs.
        UserError: A worker refused its input; the message is the worker's own.
        WorkerError: A worker failed; the message has its last lines and the path of its log.
    """
    if (around := find_cluster(dict(os.environ))) is not None:
        raise ConfigError(
            f"This process is {around.name} of a cluster already ({around.origin}): `launch` starts"
            " a cluster on one machine. Use `run` here, which takes part in the cluster around it."
        )
    variables = device_variables(os.environ, launch.num_workers, launch.devices_per_worker)
    attempt = _try(launch, variables, console)
    num_tried = 1
    while attempt.port_was_taken and num_tried < _MAX_PORTS_TRIED:
        attempt = _try(launch, variables, console)
        num_tried += 1
    if attempt.outcome.stopped_by is not None:
        return _stopped(launch, attempt.outcome, console)
    if attempt.outcome.failed:
        raise _explain(launch, attempt)
    return 0


def options_of_run(
    *, preset: str | None, data: str | None, assignments: Sequence[str], stages: str | None
) -> tuple[str, ...]:
    """The options that `launch` hands on to `run`, as they would be typed."""
    given = {"--preset": preset, "--data": data, "--stages": stages}
    options = [
        text for option, value in given.items() if value is not None for text in (option, value)
    ]
    return (*options, *(text for assignment in assignments for text in ("--set", assignment)))


def read_complaint(log: bytes) -> str | None:
    """The message by which a worker refused its input; None if its log has none."""
    before, separator, message = log.decode(errors="replace").rpartition(_COMPLAINT)
    return message.strip() if separator and (not before or before.endswith("\n")) else None


@dataclass(frozen=True)
class _Attempt:
    """One start of all workers: how it ended, and what the logs had before."""

    outcome: Outcome
    log_sizes: Sequence[int]

    @property
    def worker(self) -> int:
        """The one to tell of: one that refused its input, then one that was killed.

        The others failed in their wake.
        """
        codes = self.outcome.exit_codes
        return min(self.outcome.failed, key=lambda index: (codes[index] != 2, codes[index] > 0))

    @property
    def exit_code(self) -> int:
        """Of that worker; -n if signal n ended it."""
        return self.outcome.exit_codes[self.worker]

    @property
    def port_was_taken(self) -> bool:
        """Whether all of it failed for a port that another process had meanwhile."""
        is_failure = bool(self.outcome.failed) and self.outcome.stopped_by is None
        return is_failure and self.exit_code == PORT_TAKEN_EXIT_CODE


def _try(launch: Launch, variables: Sequence[Mapping[str, str]], console: Console) -> _Attempt:
    logs = [launch.log(index) for index in range(launch.num_workers)]
    sizes = [log.stat().st_size if log.is_file() else 0 for log in logs]
    with (
        ExitStack() as ports
    ):  # closed here as soon as the workers hold them, so that closing them there sets them free
        holders = [ports.enter_context(reserve_port()) for _ in logs]
        workers = [
            _worker(launch, index, holders, variables[index]) for index in range(launch.num_workers)
        ]
        return _Attempt(supervise(workers, _show_on(console.file), started=ports.close), sizes)


def _worker(
    launch: Launch,
    index: int,
    holders: Sequence[socket.socket],
    variables: Mapping[str, str],
) -> WorkerProcess:
    addresses = tuple(f"{LOOPBACK}:{holder.getsockname()[1]}" for holder in holders)
    environment = {
        **os.environ,
        **variables,
        "TF_CONFIG": Cluster(addresses, index, "launch").to_tf_config(),
        PORT_SOCKET_VARIABLE: str(holders[index].fileno()),
        STOPPED_EXIT_CODE_VARIABLE: "0",  # the first to end has not failed: the others still save
    }
    return WorkerProcess(
        launch.to_run(), environment, launch.log(index), (holders[index].fileno(),)
    )


def _show_on(stream: IO[str]) -> Callable[[bytes], None]:
    """Writes bytes as they come; a character that a block cuts in two waits for its rest."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def show(block: bytes) -> None:
        stream.write(decoder.decode(block))
        stream.flush()

    return show


def _stopped(launch: Launch, outcome: Outcome, console: Console) -> int:
    console.print(
        f"Stopped. Go on with:\n  {escape(launch.to_resume())}", soft_wrap=True, highlight=False
    )
    return 128 + (outcome.stopped_by or 0)


def _explain(launch: Launch, attempt: _Attempt) -> UserError | WorkerError:
    worker = attempt.worker
    log = launch.log(worker).read_bytes()[attempt.log_sizes[worker] :]
    complaint = read_complaint(log)
    if attempt.exit_code == 2 and complaint is not None:
        return UserError(complaint)
    return WorkerError(
        f"Worker {worker} of {launch.num_workers} {_describe_end(attempt.exit_code)}; the others"
        f" were stopped. Its log: {launch.log(worker)}\n{_last_lines(log)}\n"
        f"Go on where the last checkpoint stands with:\n  {launch.to_resume()}"
    )


def _describe_end(exit_code: int) -> str:
    if exit_code < 0:
        return f"was ended by {_name_signal(-exit_code)}"
    return f"failed with exit code {exit_code}"


def _last_lines(log: bytes) -> str:
    lines = log.decode(errors="replace").splitlines()[-_NUM_LAST_LINES:]
    if not lines:
        return "It said nothing."
    return "\n".join(["Its last lines:", *(f"  {line}" for line in lines)])


def _name_signal(number: int) -> str:
    name = signal.Signals(number).name
    return (
        f"{name} (often by the system, when memory is short)" if number == signal.SIGKILL else name
    )
