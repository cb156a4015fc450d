from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from shared.errors import StoppedError
from shared.run.artefacts.train_file import TrainRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.training import members
from shared.training.monitoring.callbacks import HistoryFile
from shared.training.train import train_stage
from tests.shared.training.interrupted import Said
from tests.shared.training.test_train import context


def _training(folder: Path, *, resume: bool = False, members: int = 1) -> StageContext:
    made = context(folder, epochs=2, deploy="network", members=members)
    return dataclasses.replace(made, progress=Said(), resume=resume)


def _weights(run: RunDirectory, number: int | None = None) -> list[NDArray[Any]]:
    network = keras.saving.load_model(run / "network.keras", compile=False)
    part = network if number is None else network.get_layer(f"member_{number}")
    weights: list[NDArray[Any]] = part.get_weights()
    return weights


def _are_equal(one: list[NDArray[Any]], other: list[NDArray[Any]]) -> bool:
    return all(np.array_equal(*pair) for pair in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A training without further members."""
    made = _training(tmp_path_factory.mktemp("alone"))
    train_stage(made)
    return made.run


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A training of two members."""
    made = _training(tmp_path_factory.mktemp("two"), members=2)
    train_stage(made)
    return made.run


def test_the_first_member_is_the_network_that_would_be_trained_alone(
    alone: RunDirectory, two: RunDirectory
) -> None:
    assert _are_equal(_weights(two, 1), _weights(alone))
    assert not np.array_equal(_weights(two, 1)[0], _weights(two, 2)[0])


def test_each_has_its_own_history(alone: RunDirectory, two: RunDirectory) -> None:
    first = (two / "history.csv").read_text()
    assert first == (alone / "history.csv").read_text()
    assert (two / "members/2/history.csv").read_text() != first
    assert not (alone / "members").exists()


def test_all_of_them_are_counted(alone: RunDirectory, two: RunDirectory) -> None:
    one, both = TrainRecord.read(alone), TrainRecord.read(two)
    assert (one.num_members, both.num_members) == (1, 2)
    assert both.num_parameters == 2 * one.num_parameters
    assert both.training_flops.value == pytest.approx(2 * one.training_flops.value, rel=0.03)
    assert both.flops_per_example.value > 2 * one.flops_per_example.value  # and their mean
    assert both.checkpoints.written == 2 * one.checkpoints.written


def test_a_second_member_that_was_stopped_goes_on_and_the_first_is_not_trained_again(
    two: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "HistoryFile", _StopsTheSecond)
    with pytest.raises(StoppedError, match=r"^Saved after epoch 1 of 2\.$"):
        train_stage(_training(tmp_path, members=2))
    monkeypatch.undo()
    again = _training(tmp_path, members=2, resume=True)
    train_stage(again)
    assert _are_equal(_weights(again.run), _weights(two))
    assert [line for line in _said(again) if "member" in line][:2] == [
        "member 1 of 2: The training had finished: only its results are written again.",
        "member 2 of 2: Resuming after epoch 1 of 2.",
    ]


@pytest.mark.slow
def test_members_can_be_added_and_taken_away(two: RunDirectory, tmp_path: Path) -> None:
    train_stage(_training(tmp_path))
    more = _training(tmp_path, members=2, resume=True)
    train_stage(more)
    assert _are_equal(_weights(more.run), _weights(two))
    assert "had finished" in _said(more)[0]
    train_stage(_training(tmp_path, resume=True))
    assert _are_equal(_weights(more.run), _weights(two, 1))
    assert not more.run.has("members")


class _StopsTheSecond(HistoryFile):
    """Sends SIGTERM in the first epoch of the second member."""

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if self._run.path.name == "2" and not self.rows and batch + 1 == self.params["steps"]:
            os.kill(os.getpid(), signal.SIGTERM)


def _said(made: StageContext) -> list[str]:
    assert isinstance(made.progress, Said)
    return made.progress.lines
