"""What chief and workers of a cluster do, each alone in this process.

Stand-ins take the places of the others and of the training, which is none of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import shared.stages.runner
from shared.cluster.cluster import Cluster
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.records import read_record
from shared.stages.runner import run_stages
from shared.stages.table import stage_named
from tests.contract.toy import PIPELINE
from tests.shared.stages.test_runner import configure

STAGES = ["data", "train"]
CHIEF, OTHER = (Cluster(("a:1", "b:2"), index, "test") for index in range(2))


@dataclass
class Meeting:
    """Notes what it is asked; `record` says whether the run's training was recorded by then."""

    record: Callable[[], bool]
    trains: bool = True
    asked: list[str] = field(default_factory=list)

    def agrees_to_train(self, fingerprint: str | None) -> bool:
        self.asked.append("nothing to train" if fingerprint is None else "trains")
        return self.trains

    def wait_for_chief(self) -> None:
        self.asked.append("recorded" if self.record() else "not recorded")

    @contextmanager
    def of_all_workers(self) -> Iterator[None]:
        self.asked.append("together")
        yield


@pytest.fixture(autouse=True)
def _quick_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(context: StageContext) -> None:
        for name in stage_named("train").makes:
            context.run.write_text(name, "made in training")

    monkeypatch.setattr("shared.training.train.train_stage", train)


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    path = tmp_path / "finished"
    run_stages(PIPELINE, configure(), RunDirectory(path), stages=STAGES)
    return path


@pytest.fixture
def meeting(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> Meeting:
    stand_in = Meeting(record=lambda: read_record(run, "train") is not None)
    monkeypatch.setattr(shared.stages.runner, "_meet", lambda *_: stand_in)
    return stand_in


def test_the_chief_trains_with_the_others_and_lets_them_go_when_it_is_recorded(
    run: RunDirectory, meeting: Meeting
) -> None:
    run_stages(PIPELINE, configure(), run, stages=STAGES, cluster=CHIEF)
    assert meeting.asked == ["trains", "together", "recorded"]


def test_another_worker_trains_and_keeps_nothing(run: RunDirectory, meeting: Meeting) -> None:
    results = run_stages(PIPELINE, configure(), run, stages=[*STAGES, "predict"], cluster=OTHER)
    assert [result.name for result in results] == ["train"]
    assert meeting.asked[:2] == ["trains", "together"]
    assert not run.path.exists()


def test_another_worker_does_not_train_if_the_chief_has_nothing_to_train(
    run: RunDirectory, meeting: Meeting
) -> None:
    meeting.trains = False
    run_stages(PIPELINE, configure(), run, stages=STAGES, cluster=OTHER)
    assert "together" not in meeting.asked


@pytest.mark.parametrize("cluster", [CHIEF, OTHER])
def test_nobody_meets_for_stages_that_need_no_training(
    cluster: Cluster, run: RunDirectory, meeting: Meeting
) -> None:
    run_stages(PIPELINE, configure(), run, stages=["data"], cluster=cluster)
    assert meeting.asked == []


@pytest.mark.parametrize("cluster", [CHIEF, OTHER])
def test_nobody_meets_to_resume_what_is_finished(
    cluster: Cluster, finished: Path, run: RunDirectory, meeting: Meeting
) -> None:
    shutil.copytree(finished, run.path)
    run_stages(PIPELINE, configure(), run, stages=STAGES, resume=True, cluster=cluster)
    assert meeting.asked == []


def test_the_chief_tells_the_others_when_data_made_anew_are_those_that_were_trained_on(
    finished: Path, run: RunDirectory, meeting: Meeting
) -> None:
    shutil.copytree(finished, run.path)
    (run / "splits" / "val.parquet").unlink()
    run_stages(PIPELINE, configure(), run, stages=STAGES, resume=True, cluster=CHIEF)
    assert meeting.asked == ["nothing to train"]


def test_a_cluster_of_one_meets_nobody(run: RunDirectory, meeting: Meeting) -> None:
    run_stages(PIPELINE, configure(), run, stages=STAGES, cluster=Cluster(("a:1",), 0, "test"))
    assert meeting.asked == []
