"""Several processes on this machine, each of which scores one shard."""

from __future__ import annotations

import codecs
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.local_cluster import read_complaint
from cli.terminal import CONSOLE
from shared.cluster.supervisor import WorkerProcess, supervise
from shared.errors import StoppedError, UserError, WorkerError

__all__ = ["score_in_processes"]

_LAST_CHARACTERS = 2000


def score_in_processes(
    command: Sequence[str], output_path: Path, source: Path, *, num_workers: int, resume: bool
) -> None:
    """Score all shards of an output at once; the first one's progress is shown.

    Args:
        command: The arguments of `predict` with `--workers`.
        output_path: Of the table; logs lie beside it until all is scored.
        source: What is read in place of the command's `--input`.
        num_workers: At least 2.
        resume: Whether shards go on.

    Raises:
        UserError: A process refused its input; the message is its own.
        WorkerError: A process failed, with the end of its log.
        StoppedError: A signal came; all processes have kept what they had.
    """
    logs = [
        output_path.with_name(f"{output_path.name}.shard-{number}-of-{num_workers}.log")
        for number in range(1, num_workers + 1)
    ]
    for log in logs:
        log.unlink(missing_ok=True)
    shards = [f"{number}/{num_workers}" for number in range(1, num_workers + 1)]
    commands = [_shard_command(command, source, shard, resume=resume) for shard in shards]
    environment = dict(os.environ)
    workers = [
        WorkerProcess(one, environment, log) for one, log in zip(commands, logs, strict=True)
    ]
    outcome = supervise(workers, _Shown(), chief_ends_all=False)
    if outcome.stopped_by is not None:
        raise StoppedError("Stopped; what was scored is kept.", outcome.stopped_by)
    if outcome.failed:
        raise _failure(logs[outcome.failed[0]], outcome.exit_codes[outcome.failed[0]])
    for log in logs:
        log.unlink(missing_ok=True)


def _shard_command(command: Sequence[str], source: Path, shard: str, *, resume: bool) -> list[str]:
    run_dir, *options = command
    kept = []
    pairs = zip(options[::2], options[1::2], strict=True)
    for name, value in pairs:
        if name not in ("--input", "--workers", "--format"):
            kept += [name, value]
    start = [sys.executable, "-m", "pipelines", "predict", run_dir, "--input", str(source)]
    return [*start, *kept, "--shard", shard, *(["--resume"] if resume else [])]


class _Shown:
    """Shows what the first process prints."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def __call__(self, printed: bytes) -> None:
        CONSOLE.print(self._decoder.decode(printed), end="", markup=False, highlight=False)


def _failure(log: Path, exit_code: int) -> UserError | WorkerError:
    written = log.read_bytes()
    complaint = read_complaint(written)
    if exit_code == 2 and complaint is not None:
        return UserError(complaint)
    how = f"exit code {exit_code}"
    if exit_code < 0:
        how = f"signal {signal.Signals(-exit_code).name}"
    end = written.decode(errors="replace")[-_LAST_CHARACTERS:].strip()
    return WorkerError(
        f"A process ended with {how}; what was scored is kept, go on with --resume. The end of"
        f" {log}:\n{end}"
    )
