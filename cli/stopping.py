"""What a run does when it is asked to stop: it keeps what it has, and says how to go on."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from shared.errors import StoppedError

__all__ = ["STOPPED_EXIT_CODE_VARIABLE", "exit_code_of_stop", "stop_in_order"]

STOPPED_EXIT_CODE_VARIABLE = "PLUMBLINE_STOPPED_EXIT_CODE"


@contextmanager
def stop_in_order(
    name: str,
    run_dir: Path,
    *,
    has_other_workers: bool,
    command: Sequence[str] | None = None,
    kept: str = "finished stages are kept",
) -> Iterator[None]:
    """While the block runs, SIGTERM and Ctrl-C end it with what was finished kept.

    Training saves before it ends.

    Call it in the main thread.

    Args:
        name: Of the pipeline.
        run_dir: Of the run.
        has_other_workers: Whether this process alone can't resume the run.
        command: What resumes, as the arguments of `python -m pipelines`; None for `run` with
            `--resume`.
        kept: What is not lost, for the message.

    Raises:
        StoppedError: A signal came; the message says how to go on.
    """
    resuming = command or ["run", name, "--run-dir", str(run_dir), "--resume"]
    received = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        received.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except StoppedError as error:
        raise StoppedError(
            f"{error} {_how_to_resume(resuming, run_dir, has_other_workers)}", error.signal_number
        ) from error
    except KeyboardInterrupt as error:
        number = signal.SIGTERM if received else signal.SIGINT
        raise StoppedError(
            f"Stopped; {kept}. {_how_to_resume(resuming, run_dir, has_other_workers)}",
            number,
        ) from error
    finally:
        signal.signal(signal.SIGTERM, before)


def exit_code_of_stop(error: StoppedError, environment: Mapping[str, str] = os.environ) -> int:
    """128 + the number of the signal, as shells have it: the work is not done.

    Where a worker that ends so would end the others before they have saved, what starts them sets
    PLUMBLINE_STOPPED_EXIT_CODE, which then holds for all signals.
    """
    chosen = environment.get(STOPPED_EXIT_CODE_VARIABLE, "")
    if chosen.isdecimal():
        return int(chosen)
    return 128 + error.signal_number


def _how_to_resume(command: Sequence[str], run_dir: Path, has_other_workers: bool) -> str:
    if not (run_dir / "config.json").exists():
        return "Nothing was made yet."
    if has_other_workers:
        return "Resume with the command that started the workers, with --resume at its end."
    return f"Resume with: {shlex.join(['python', '-m', 'pipelines', *command])}"
