"""`launch`, with small programs in place of `run`."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from cli.local_cluster import Launch, _Attempt, launch_cluster, options_of_run, read_complaint
from shared.cluster.supervisor import Outcome
from shared.cluster.tf_config import EXAMPLE
from shared.errors import ConfigError, UserError, WorkerError
from tests.shared.cluster.test_supervisor import wait_until

pytestmark = pytest.mark.timeout(60)

Start = Callable[..., int]
_WHO = "import json, os, sys, time; index = json.loads(os.environ['TF_CONFIG'])['task']['index']; "


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def start(tmp_path: Path, screen: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Launches a program, which knows its `index` and `resumes`, on two workers."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")

    def launch(program: str, *, num_workers: int = 2) -> int:
        def to_run(self: Launch) -> list[str]:
            return [sys.executable, "-c", f"{_WHO}resumes = {self.resume}; {program}"]

        monkeypatch.setattr(Launch, "to_run", to_run)
        options = ("--preset", "smoke")
        plan = Launch("speech", options, tmp_path / "run", False, num_workers, None)
        return launch_cluster(plan, Console(file=screen, width=1000))

    return launch


def log(tmp_path: Path, index: int) -> str:
    return (tmp_path / "run" / "logs" / f"worker-{index}.log").read_text()


def test_every_worker_runs_the_same_command() -> None:
    options = options_of_run(
        preset="smoke",
        data="reviews.csv",
        assignments=["train.epochs=3", "train.seed=1"],
        stages=None,
    )
    command = Launch("sentiment", options, Path("runs/a b"), True, 2, None).to_run()
    assert command[:5] == [sys.executable, "-m", "pipelines", "run", "sentiment"]
    assert command[5:9] == ["--preset", "smoke", "--data", "reviews.csv"]
    assert command[9:] == [
        "--set",
        "train.epochs=3",
        "--set",
        "train.seed=1",
        "--run-dir",
        "runs/a b",
        "--resume",
    ]


def test_what_to_type_to_go_on_can_be_pasted_into_a_shell() -> None:
    command = Launch(
        "sentiment", ("--set", "data.columns=[a, b]"), Path("runs/a b"), False, 2, 4
    ).to_resume()
    assert (
        command == "python -m pipelines launch sentiment --workers 2 --devices-per-worker 4 --set"
        " 'data.columns=[a, b]' --run-dir 'runs/a b' --resume"
    )


def test_workers_are_told_of_each_other_and_only_the_chief_is_shown(
    start: Start, screen: io.StringIO, tmp_path: Path
) -> None:
    assert start("print(os.environ['TF_CONFIG'])") == 0
    chief, other = (json.loads(log(tmp_path, index)) for index in range(2))
    assert json.loads(screen.getvalue()) == chief
    assert chief["cluster"] == other["cluster"]
    assert [address.split(":")[0] for address in chief["cluster"]["worker"]] == ["127.0.0.1"] * 2
    assert (chief["task"]["index"], other["task"]["index"]) == (0, 1)


def test_a_mistake_that_all_workers_find_is_said_once_in_the_words_of_one(start: Start) -> None:
    with pytest.raises(UserError) as refusal:
        start("print('Error: There is no preset.\\nKnown: smoke.', file=sys.stderr); sys.exit(2)")
    assert str(refusal.value) == "There is no preset.\nKnown: smoke."


def test_a_complaint_is_the_last_one_at_the_start_of_a_line() -> None:
    assert (
        read_complaint(b"No Error: here\nError: first\nError: second\n  and more\n")
        == "second\n  and more"
    )
    assert read_complaint(b"No Error: here\n") is None


def test_a_failed_worker_is_named_with_its_last_lines_and_its_log(
    start: Start, tmp_path: Path
) -> None:
    with pytest.raises(WorkerError) as failure:
        start(
            "print('loading', flush=True); index or time.sleep(60); raise RuntimeError('out of"
            " luck')"
        )
    message = str(failure.value)
    assert message.startswith(
        "Worker 1 of 2 failed with exit code 1; the others were stopped. Its log:"
        f" {tmp_path / 'run' / 'logs' / 'worker-1.log'}\nIts last lines:\n  loading\n"
    )
    assert "\n  RuntimeError: out of luck\n" in message
    assert message.endswith("--run-dir " + str(tmp_path / "run") + " --resume")


def test_a_worker_that_was_killed_is_said_to_be(start: Start) -> None:
    with pytest.raises(
        WorkerError,
        match=r"Worker 1 of 2 was ended by SIGKILL \(often by the system, when memory is short\)",
    ):
        start("index or time.sleep(60); os.kill(os.getpid(), 9)")


def test_a_failure_is_no_reason_to_start_again(start: Start, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="exit code 1"):
        start("print('once', flush=True); sys.exit(1)", num_workers=1)
    assert log(tmp_path, 0).split() == ["once"]


def test_workers_whose_port_was_taken_start_again_on_other_ports(
    start: Start, tmp_path: Path
) -> None:
    seen = f"from pathlib import Path; seen = Path({str(tmp_path / 'seen')!r}); "
    program = (
        seen + "print(os.environ['TF_CONFIG'], flush=True); seen.exists() or (seen.touch(),"
        " sys.exit(75))"
    )
    assert start(program, num_workers=1) == 0
    first, second = (
        json.loads(line)["cluster"]["worker"] for line in log(tmp_path, 0).splitlines()
    )
    assert first != second


def test_a_port_that_is_always_taken_is_an_error_in_the_end(start: Start, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="exit code 75"):
        start("print('once', flush=True); sys.exit(75)", num_workers=1)
    assert log(tmp_path, 0).split() == ["once"] * 4


@pytest.mark.parametrize("ending", ["sys.exit(0)", "sys.exit(9)"])
def test_ctrl_c_and_sigterm_let_the_chief_save_and_say_how_to_go_on(
    ending: str, start: Start, screen: io.StringIO, tmp_path: Path
) -> None:
    program = (
        f"import signal; signal.signal(signal.SIGTERM, lambda *_: {ending}); print('ready',"
        " flush=True); time.sleep(60)"
    )
    logs = [tmp_path / "run" / "logs" / f"worker-{index}.log" for index in range(2)]

    def stop_when_ready() -> None:
        wait_until(lambda: all(log.is_file() and log.read_text() for log in logs))
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=stop_when_ready).start()
    assert start(program) == 128 + signal.SIGTERM
    assert (
        "Stopped. Go on with:\n  python -m pipelines launch speech --workers 2 --preset smoke"
        f" --run-dir {tmp_path}" in screen.getvalue()
    )


@pytest.mark.parametrize(
    ("exit_codes", "told"), [((1, -9), -9), ((1, 2), 2), ((-9, 2), 2), ((1, 75), 1)]
)
def test_of_several_failures_the_cause_is_told(exit_codes: tuple[int, int], told: int) -> None:
    assert _Attempt(Outcome(exit_codes, (0, 1), None), [0, 0]).exit_code == told


def test_inside_a_cluster_launch_is_refused(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", EXAMPLE)
    with pytest.raises(
        ConfigError,
        match=(
            r"is worker 0 of 2 \(host-a:2222\) of a cluster already \(TF_CONFIG\).*Use `run` here"
        ),
    ):
        start("")
