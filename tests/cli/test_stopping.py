from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from cli.stopping import STOPPED_EXIT_CODE_VARIABLE, exit_code_of_stop, stop_in_order
from shared.errors import StoppedError
from shared.training.checkpoints.signals import listen_for_stop


def start_run(path: Path) -> Path:
    (path / "a run").mkdir()
    (path / "a run" / "config.json").write_text("{}")
    return path / "a run"


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_between_trainings_keeps_what_is_finished(
    tmp_path: Path, number: signal.Signals, exit_code: int
) -> None:
    run_dir = start_run(tmp_path)
    command = f"python -m pipelines run speech --run-dir '{run_dir}' --resume"
    expected = pytest.raises(
        StoppedError, match=f"^Stopped; finished stages are kept. Resume with: {command}$"
    )
    with expected as caught, stop_in_order("speech", run_dir, has_other_workers=False):
        os.kill(os.getpid(), number)
    assert exit_code_of_stop(caught.value) == exit_code


def test_where_a_failure_would_end_other_workers_a_stop_can_count_as_none() -> None:
    stop = StoppedError("Saved.", signal.SIGTERM)
    assert exit_code_of_stop(stop, {STOPPED_EXIT_CODE_VARIABLE: "0"}) == 0
    assert exit_code_of_stop(stop, {}) == 143


def test_what_training_says_comes_first(tmp_path: Path) -> None:
    run_dir = start_run(tmp_path)
    expected = pytest.raises(StoppedError, match=r"^Saved after epoch 2 of 8\. Resume with: python")
    with expected, stop_in_order("speech", run_dir, has_other_workers=False):
        raise StoppedError("Saved after epoch 2 of 8.", signal.SIGTERM)


def test_another_command_is_resumed_by_itself(tmp_path: Path) -> None:
    run_dir = start_run(tmp_path)
    expected = pytest.raises(
        StoppedError, match=r"Resume with: python -m pipelines mitigate 'a run' --attribute sex$"
    )
    with (
        expected,
        stop_in_order(
            "speech",
            run_dir,
            has_other_workers=False,
            command=["mitigate", "a run", "--attribute", "sex"],
        ),
    ):
        raise KeyboardInterrupt


def test_one_of_several_workers_does_not_pretend_to_resume_alone(tmp_path: Path) -> None:
    expected = pytest.raises(
        StoppedError,
        match="Resume with the command that started the workers, with --resume at its end",
    )
    with expected, stop_in_order("speech", start_run(tmp_path), has_other_workers=True):
        raise KeyboardInterrupt


def test_before_anything_is_made_there_is_nothing_to_resume(tmp_path: Path) -> None:
    with (
        pytest.raises(StoppedError, match="Nothing was made yet"),
        stop_in_order("speech", tmp_path, has_other_workers=False),
    ):
        raise KeyboardInterrupt


def test_a_second_signal_ends_a_training_that_does_not_come_to_its_next_step(
    tmp_path: Path,
) -> None:
    expected = pytest.raises(StoppedError, match="Stopped; finished stages")
    with (
        expected,
        stop_in_order("speech", start_run(tmp_path), has_other_workers=False),
        listen_for_stop() as stop,
    ):
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError


def test_the_handler_is_as_before_afterwards(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_in_order("speech", tmp_path, has_other_workers=False):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
