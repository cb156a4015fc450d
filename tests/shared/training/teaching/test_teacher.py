"""A toy that learns from another one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from shared.errors import ConfigError, DataError
from shared.model.model_fingerprint import model_fingerprint
from shared.model.trained_model import load_trained_model
from shared.run.artefacts.train_file import TrainRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.training.teaching.teacher import ask_teacher
from tests.shared.trained_toy import context_of, toy_config, train_toy

pytestmark = pytest.mark.xdist_group("compressing")


def _student(toy_run: StageContext, folder: Path, *settings: str) -> StageContext:
    return replace(toy_run, config=toy_config(_named(toy_run), *settings), run=RunDirectory(folder))


_STAGES = ("data", "train")
_SMALLER = ("model.num_filters=3", "train.epochs=1")


def _named(toy_run: StageContext) -> str:
    return f"train.teacher={json.dumps(str(toy_run.run.path))}"


def _trained(folder: Path, *settings: str) -> RunDirectory:
    return train_toy(folder, *_SMALLER, *settings, stages=_STAGES).run


def _fingerprint(run: RunDirectory) -> str:
    return model_fingerprint(load_trained_model(context_of(run)).model)


def test_a_student_records_its_teacher_and_differs_from_the_same_alone(
    toy_run: StageContext, tmp_path: Path
) -> None:
    taught = _trained(tmp_path / "taught", _named(toy_run))
    record = TrainRecord.read(taught).teacher
    assert record is not None
    assert record.model_sha256 == _fingerprint(toy_run.run)
    assert record.n == len(toy_run.splits().train)
    alone = _trained(tmp_path / "alone")
    assert TrainRecord.read(alone).teacher is None
    assert _fingerprint(taught) != _fingerprint(alone)


@pytest.mark.slow
def test_a_teacher_without_weight_changes_nothing_not_even_the_first_weights(
    toy_run: StageContext, tmp_path: Path
) -> None:
    unheard = _trained(tmp_path / "unheard", _named(toy_run), "train.teacher_weight=0")
    assert _fingerprint(unheard) == _fingerprint(_trained(tmp_path / "alone"))


def test_a_teacher_that_may_have_met_test_rows_is_refused(
    toy_run: StageContext, tmp_path: Path
) -> None:
    student = _student(toy_run, tmp_path)
    splits = toy_run.splits()
    swapped = replace(splits, train=splits.test, test=splits.train)
    with pytest.raises(DataError, match="another train split"):
        ask_teacher(student, swapped)


def test_a_teacher_of_other_classes_is_refused(toy_run: StageContext, tmp_path: Path) -> None:
    splits = toy_run.splits()
    fewer = replace(splits, target=splits.target.model_copy(update={"names": ("up", "down", "x")}))
    with pytest.raises(DataError, match="categories up, down, wiggle"):
        ask_teacher(_student(toy_run, tmp_path), fewer)


def test_what_is_no_teacher_is_refused(toy_run: StageContext, tmp_path: Path) -> None:
    student = _student(toy_run, tmp_path)
    nowhere = replace(student, config=toy_config(f"train.teacher={tmp_path}/nowhere"))
    with pytest.raises(ConfigError, match="is no run"):
        ask_teacher(nowhere, toy_run.splits())
    with pytest.raises(ConfigError, match="is this run itself"):
        ask_teacher(replace(student, run=toy_run.run), toy_run.splits())
    (tmp_path / "config.json").write_text('{"pipeline": "speech"}')
    other = replace(student, config=toy_config(f"train.teacher={tmp_path}"), run=toy_run.run)
    with pytest.raises(ConfigError, match="is a run of 'speech'"):
        ask_teacher(other, toy_run.splits())
    assert ask_teacher(replace(student, config=toy_config()), toy_run.splits()) is None
