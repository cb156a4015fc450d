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
from tests.shared.trained_toy import toy_config, train_toy

pytestmark = pytest.mark.xdist_group("compressing")


def _student(toy_run: StageContext, folder: Path, *settings: str) -> StageContext:
    named = f"train.teacher={json.dumps(str(toy_run.run.path))}"
    return replace(toy_run, config=toy_config(named, *settings), run=RunDirectory(folder))


def test_a_student_records_its_teacher_and_differs_from_the_same_alone(
    toy_run: StageContext, tmp_path: Path
) -> None:
    smaller = ("model.num_filters=3", "train.epochs=1")
    named = f"train.teacher={json.dumps(str(toy_run.run.path))}"
    stages = ("data", "train")
    taught = train_toy(tmp_path / "taught", *smaller, named, stages=stages)
    alone = train_toy(tmp_path / "alone", *smaller, named, "train.teacher_weight=0", stages=stages)
    record = TrainRecord.read(taught.run).teacher
    assert record is not None
    assert record.model_sha256 == model_fingerprint(load_trained_model(toy_run).model)
    assert record.n == len(toy_run.splits().train)
    prints = [model_fingerprint(load_trained_model(one).model) for one in (taught, alone)]
    assert prints[0] != prints[1]
    nobody = train_toy(tmp_path / "nobody", *smaller, stages=stages)
    assert TrainRecord.read(nobody.run).teacher is None
    # At weight 0 the teacher changes nothing, not even the weights that the student begins with.
    assert model_fingerprint(load_trained_model(nobody).model) == prints[1]


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
