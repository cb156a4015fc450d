from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.errors import CheckpointError, StoppedError
from shared.training.best_epoch import BestEpoch
from shared.training.checkpoints import store as training_store
from shared.training.checkpoints.state import capture_variables, restore_variables
from shared.training.monitoring.callbacks import HistoryFile
from tests.shared.training.interrupted import Outcome, PowerCutError, Training

AVERAGING = (
    "train.epochs=8",
    "train.ema_momentum=0.8",
    "train.patience_epochs=2",
    "train.learning_rate=0.3",
)
"""The rate is too high on purpose: the second epoch is the best one, and patience ends training
after the fourth."""
ACCUMULATING = (
    "train.epochs=4",
    "train.gradient_accumulation=2",
    "train.steps_per_execution=3",
    "train.clip_norm=0.1",
)


def interrupt(training: Training, num_steps: int) -> None:
    with pytest.raises(PowerCutError):
        training.run(cut_after=num_steps)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    path = tmp_path_factory.mktemp("finished")
    return path, Training(path, AVERAGING).run()


@pytest.fixture(scope="module")
def uninterrupted(finished: tuple[Path, Outcome]) -> Outcome:
    return finished[1]


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cut in the fourth epoch, with its third step saved."""
    path = tmp_path_factory.mktemp("interrupted")
    interrupt(Training(path, AVERAGING), 16)
    return path


def copy_of(run: Path, path: Path) -> Training:
    shutil.copytree(run, path / "run")
    return Training(path / "run", AVERAGING)


def test_a_training_that_was_cut_ends_bit_for_bit_as_one_that_was_not(
    tmp_path: Path, interrupted: Path, uninterrupted: Outcome
) -> None:
    assert copy_of(interrupted, tmp_path).run(resume=True) == uninterrupted


@pytest.mark.slow
def test_so_does_one_that_is_cut_again_and_again(tmp_path: Path, uninterrupted: Outcome) -> None:
    training = Training(tmp_path, AVERAGING)
    interrupt(training, 5)
    for cut_after in (8, 13):
        with pytest.raises(PowerCutError):
            training.run(resume=True, cut_after=cut_after)
    assert training.run(resume=True) == uninterrupted
    assert [line for line in training.said.lines if line.startswith("Resuming")] == [
        "Resuming at epoch 1, step 3 of 4.",
        "Resuming at epoch 2, step 2 of 4.",
        "Resuming after epoch 3 of 8.",
    ]


@pytest.mark.slow
def test_so_does_one_with_accumulation_clipping_and_long_executions(tmp_path: Path) -> None:
    expected = Training(tmp_path / "whole", ACCUMULATING).run()
    training = Training(tmp_path / "cut", ACCUMULATING)
    interrupt(training, 12)
    assert training.run(resume=True) == expected


@pytest.mark.slow
def test_so_does_one_that_mixes_rows_which_differs_from_one_that_does_not(tmp_path: Path) -> None:
    settings = ("train.epochs=2", "train.gradient_accumulation=2")
    expected = Training(tmp_path / "whole", settings, mixing=True).run()
    training = Training(tmp_path / "cut", settings, mixing=True)
    interrupt(training, 7)
    assert training.run(resume=True) == expected
    assert Training(tmp_path / "plain", settings).run() != expected


def test_a_signal_saves_the_step_at_hand_and_stops(tmp_path: Path, uninterrupted: Outcome) -> None:
    training = Training(tmp_path, AVERAGING)
    with pytest.raises(StoppedError, match=r"^Saved at epoch 2, step 1 of 4\.$"):
        training.run(signal_after=5)
    assert training.run(resume=True) == uninterrupted


def test_a_signal_after_the_last_step_of_an_epoch_waits_for_its_validation(tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match=r"^Saved after epoch 1 of 8\.$"):
        Training(tmp_path, AVERAGING).run(signal_after=4)


def test_a_finished_training_is_not_trained_again(
    tmp_path: Path, finished: tuple[Path, Outcome], uninterrupted: Outcome
) -> None:
    training = copy_of(finished[0], tmp_path)
    assert training.run(resume=True, cut_after=16) == uninterrupted
    assert (
        training.said.lines[-1] == "The training had finished: only its results are written again."
    )


def test_without_resume_it_starts_anew_and_says_what_it_removes(
    tmp_path: Path, interrupted: Path, uninterrupted: Outcome
) -> None:
    training = copy_of(interrupted, tmp_path)
    assert training.run() == uninterrupted
    assert any(
        line.startswith("Removing 2 checkpoints of an earlier training (")
        for line in training.said.lines
    )
    assert not any(line.startswith("Resuming") for line in training.said.lines)


def test_a_damaged_checkpoint_costs_the_steps_since_the_one_before(
    tmp_path: Path, interrupted: Path, uninterrupted: Outcome
) -> None:
    training = copy_of(interrupted, tmp_path)
    arrays = training.path / "checkpoints" / "step-00000015" / "arrays.npz"
    arrays.write_bytes(arrays.read_bytes()[:-100])
    assert training.run(resume=True) == uninterrupted
    said = "\n".join(training.said.lines)
    assert (
        "step-00000015 is damaged: arrays.npz has" in said
        and "Falling back to the one before." in said
    )
    assert "Resuming after epoch 3 of 8." in said


def test_a_full_disk_stops_the_training_with_the_last_good_one_kept(
    tmp_path: Path, interrupted: Path, uninterrupted: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = copy_of(interrupted, tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with (
        monkeypatch.context() as patched,
        pytest.raises(CheckpointError, match=r"No space left .* last good one is .*step-00000015"),
    ):
        patched.setattr(os, "fsync", full)
        training.run(resume=True)
    assert not list((training.path / "checkpoints").glob(".writing-*"))
    assert training.run(resume=True) == uninterrupted


def test_the_checkpoint_of_another_configuration_is_refused(
    tmp_path: Path, interrupted: Path
) -> None:
    training = copy_of(interrupted, tmp_path)
    other = Training(training.path, (*AVERAGING, "train.epochs=9"))
    with pytest.raises(
        CheckpointError, match=r"step-00000015 belongs to .* train\.epochs was 8, is 9\."
    ):
        other.run(resume=True)
    assert (training.path / "checkpoints" / "step-00000015").is_dir()  # nothing was lost by it


def test_interrupted_before_the_first_checkpoint_it_starts_again_and_says_so(
    tmp_path: Path,
) -> None:
    training = Training(tmp_path, AVERAGING)
    interrupt(training, 1)
    with pytest.raises(PowerCutError):
        training.run(resume=True, cut_after=1)  # the first step is done again
    assert any("interrupted before its first checkpoint" in line for line in training.said.lines)


def forget_variables(*groups: str) -> Callable[[pytest.MonkeyPatch], None]:
    def restore_some(model: keras.Model, arrays: dict[str, Any]) -> None:
        own = capture_variables(model)
        restore_variables(
            model,
            {key: own[key] if key.startswith(groups) else array for key, array in arrays.items()},
        )

    return lambda monkeypatch: monkeypatch.setattr(
        training_store, "restore_variables", restore_some
    )


def forget_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    def restore_some(model: keras.Model, arrays: dict[str, Any]) -> None:
        own = capture_variables(model)
        restore_variables(
            model,
            {key: own[key] if array.shape == (2,) else array for key, array in arrays.items()},
        )

    monkeypatch.setattr(training_store, "restore_variables", restore_some)


def forget_moving_averages(monkeypatch: pytest.MonkeyPatch) -> None:
    def restore_some(model: keras.Model, arrays: dict[str, Any]) -> None:
        averages = {
            f"optimizer/{index:04d}" for index in range(2, 2 + len(model.trainable_variables))
        }
        restore_variables(
            model,
            {
                key: np.zeros_like(array) if key in averages else array
                for key, array in arrays.items()
            },
        )

    monkeypatch.setattr(training_store, "restore_variables", restore_some)


def forget_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = BestEpoch.restore
    monkeypatch.setattr(
        BestEpoch, "restore", lambda self, state: restore(self, {**state, "epochs_waited": 0})
    )


def forget_best_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = BestEpoch.restore
    monkeypatch.setattr(
        BestEpoch, "restore", lambda self, state: restore(self, {**state, "loss": 9e9})
    )


def forget_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HistoryFile, "restore", lambda self, state: None)


def forget_step(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = training_store.TrainingStore.begin
    monkeypatch.setattr(
        training_store.TrainingStore,
        "begin",
        lambda self, resume: begin(self, resume=resume)._replace(step=0),
    )


@pytest.mark.parametrize(
    "forget",
    [
        *(
            forget_variables("network/"),
            forget_variables("optimizer/"),
            forget_variables("metrics/"),
        ),
        *(
            forget_seeds,
            forget_moving_averages,
            forget_patience,
            forget_best_loss,
            forget_history,
            forget_step,
        ),
    ],
    ids=[
        "weights",
        "optimizer",
        "metrics",
        "seeds",
        "averages",
        "patience",
        "best_loss",
        "history",
        "step",
    ],
)
def test_what_is_forgotten_shows(
    forget: Callable[[pytest.MonkeyPatch], None],
    tmp_path: Path,
    interrupted: Path,
    uninterrupted: Outcome,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Proves that the tests above would notice: each piece of state matters to the outcome that they
    # compare.
    forget(monkeypatch)
    assert copy_of(interrupted, tmp_path).run(resume=True) != uninterrupted
