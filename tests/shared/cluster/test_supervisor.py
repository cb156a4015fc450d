from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from shared.cluster.supervisor import Outcome, WorkerProcess, supervise
from tests.architecture.source_tree import REPOSITORY

pytestmark = pytest.mark.timeout(30)

SLEEP = "import time; time.sleep(60)"
IGNORE_SIGTERM = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True);"
    f" {SLEEP}"
)
SAVE_AT_SIGTERM = (
    "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); print('ready',"
    f" flush=True); {SLEEP}"
)


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Outcome]:
    """Supervises one small Python program per argument.

    What the chief printed is in `shown`, logs are in `tmp_path`.
    """

    def supervise_programs(
        *programs: str,
        shown: list[bytes] | None = None,
        grace_seconds: float = 1.0,
        chief_ends_all: bool = True,
    ) -> Outcome:
        workers = [
            WorkerProcess(
                [sys.executable, "-c", program], dict(os.environ), tmp_path / f"worker-{index}.log"
            )
            for index, program in enumerate(programs)
        ]
        return supervise(
            workers,
            (shown if shown is not None else []).append,
            chief_ends_all=chief_ends_all,
            failure_grace_seconds=grace_seconds,
            signal_grace_seconds=grace_seconds,
        )

    return supervise_programs


def test_a_cluster_that_succeeds_has_only_zeros(start: Callable[..., Outcome]) -> None:
    assert start("", "", "") == Outcome((0, 0, 0), (), None)


def test_what_the_chief_prints_is_shown_and_logged_and_what_others_print_is_logged(
    start: Callable[..., Outcome], tmp_path: Path
) -> None:
    shown: list[bytes] = []
    start(
        # Each line is one write, also where Python does not buffer, so that none is cut in two.
        r"import sys; sys.stdout.write('epoch 1\n'); sys.stderr.write('warned\n')",
        "print('quiet')",
        shown=shown,
    )
    assert b"".join(shown) == b"epoch 1\n"
    assert sorted((tmp_path / "worker-0.log").read_text().split()) == ["1", "epoch", "warned"]
    assert (tmp_path / "worker-1.log").read_text() == "quiet\n"


def test_a_log_of_an_earlier_start_is_kept(start: Callable[..., Outcome], tmp_path: Path) -> None:
    start("print('first')")
    start("print('second')")
    assert (tmp_path / "worker-0.log").read_text() == "first\nsecond\n"


def test_one_that_fails_stops_the_others(start: Callable[..., Outcome]) -> None:
    assert start(SLEEP, "raise SystemExit(3)", SLEEP) == Outcome(
        (-signal.SIGTERM, 3, -signal.SIGTERM), (1,), None
    )


def test_one_that_does_not_stop_is_killed_after_the_grace_period(
    start: Callable[..., Outcome], tmp_path: Path
) -> None:
    outcome = start(
        IGNORE_SIGTERM,
        wait_for(tmp_path / "worker-0.log", "raise SystemExit(3)"),
        grace_seconds=0.2,
    )
    assert outcome == Outcome((-signal.SIGKILL, 3), (1,), None)


def test_one_that_is_killed_is_the_one_that_failed(start: Callable[..., Outcome]) -> None:
    outcome = start(SLEEP, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert (outcome.failed, outcome.exit_codes[1]) == ((1,), -signal.SIGKILL)


def test_what_a_killed_worker_has_started_is_killed_with_it(
    start: Callable[..., Outcome], tmp_path: Path
) -> None:
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    child = (
        f"import subprocess, sys; {ignore}; print(subprocess.Popen([sys.executable, '-c',"
        f" {SLEEP!r}]).pid, flush=True); {SLEEP}"
    )
    start(child, wait_for(tmp_path / "worker-0.log", "raise SystemExit(3)"), grace_seconds=0.2)
    assert has_ended(int((tmp_path / "worker-0.log").read_text().split()[0]))


def test_workers_that_the_chief_no_longer_needs_are_stopped_and_have_not_failed(
    start: Callable[..., Outcome],
) -> None:
    assert start("", SLEEP) == Outcome((0, -signal.SIGTERM), (), None)


def test_workers_of_equal_rank_are_waited_for(start: Callable[..., Outcome]) -> None:
    later = "import time; time.sleep(0.8)"
    outcome = start("", later, grace_seconds=0.1, chief_ends_all=False)
    assert outcome == Outcome((0, 0), (), None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_every_worker_as_sigterm(
    number: signal.Signals, start: Callable[..., Outcome], tmp_path: Path
) -> None:
    threading.Thread(target=signal_when_ready, args=(tmp_path, number)).start()
    assert start(SAVE_AT_SIGTERM, SAVE_AT_SIGTERM, grace_seconds=20.0) == Outcome(
        (0, 0), (), number
    )


def test_a_second_signal_kills_at_once(start: Callable[..., Outcome], tmp_path: Path) -> None:
    threading.Thread(
        target=signal_when_ready, args=(tmp_path, signal.SIGINT, signal.SIGINT)
    ).start()
    assert start(IGNORE_SIGTERM, IGNORE_SIGTERM, grace_seconds=100.0) == Outcome(
        (-signal.SIGKILL,) * 2, (), signal.SIGINT
    )


def test_signals_mean_what_they_meant_before(start: Callable[..., Outcome]) -> None:
    before = signal.getsignal(signal.SIGINT)
    start("")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_program_that_can_not_start_leaves_the_others_ended(tmp_path: Path) -> None:
    first = (
        f"import os, pathlib; pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()));"
        f" {SLEEP}"
    )
    workers = [
        WorkerProcess([sys.executable, "-c", first], dict(os.environ), tmp_path / "0.log"),
        WorkerProcess([str(tmp_path / "missing")], dict(os.environ), tmp_path / "1.log"),
    ]
    with pytest.raises(FileNotFoundError):
        supervise(workers, print)
    assert not psutil.Process().children()


def test_no_worker_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    # The first worker ends at SIGTERM, the second ignores it and needs SIGKILL.
    program = f"""
import os, sys
from pathlib import Path
from shared.cluster.supervisor import WorkerProcess, supervise
watch = "import os; from shared.cluster.worker_process import watch_supervisor; watch_supervisor(os.environ, grace_seconds=0.2); "
stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
ready = "print(os.getpid(), flush=True); "
commands = [[sys.executable, "-c", watch + text + ready + {SLEEP!r}] for text in ("", stubborn)]
supervise([WorkerProcess(command, dict(os.environ), Path({str(tmp_path)!r}, f"{{i}}.log")) for i, command in enumerate(commands)], print)
"""
    supervisor = subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY)
    try:
        wait_until(
            lambda: all(
                (tmp_path / f"{index}.log").is_file() and read_pid(tmp_path / f"{index}.log")
                for index in range(2)
            )
        )
    finally:
        supervisor.kill()
        supervisor.wait()
    wait_until(
        lambda: all(has_ended(int(read_pid(tmp_path / f"{index}.log"))) for index in range(2))
    )


def wait_for(log: Path, then: str) -> str:
    """A program that waits until another one has logged something."""
    return f"import os, time\nwhile not os.path.getsize({str(log)!r}): time.sleep(0.02)\n{then}"


def read_pid(log: Path) -> str:
    text = log.read_text()
    return text.strip() if text.endswith("\n") else ""


def has_ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def wait_until(is_true: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def signal_when_ready(folder: Path, *numbers: signal.Signals) -> None:
    logs = [folder / f"worker-{index}.log" for index in range(2)]
    wait_until(lambda: all(log.is_file() and log.read_text().startswith("ready") for log in logs))
    for number in numbers:
        os.kill(os.getpid(), number)
        time.sleep(0.3)
