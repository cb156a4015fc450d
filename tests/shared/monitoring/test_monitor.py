"""The whole look at a batch, with a model small enough to export in a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd
import pytest

from shared.errors import DataError, MissingArtefactError, UserError
from shared.model.trained_model import load_trained_model
from shared.monitoring.monitor import monitor_batch
from shared.run.artefacts.feature_distance import read_feature_distance
from shared.run.artefacts.prediction_files import write_predictions
from shared.run.context import StageContext
from shared.serving.export import export_stage
from shared.targets.predictions import Predictions
from tests.shared.run.artefacts.data_records import data_record
from tests.shared.serving.tiny.signals import SAMPLES, SIGNALS, signal_context


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    """A run of signals with its test predictions, exported."""
    made = signal_context(tmp_path_factory.mktemp("monitored"))
    data_record(SIGNALS).write(made.run)
    test = made.splits().test
    model = load_trained_model(made)
    answers = model.answer_rows(model.decode_rows(test.rows(np.arange(len(test)))))
    statistics = read_feature_distance(made.run)
    assert statistics is not None and answers.features is not None
    predictions = Predictions(
        test.ids,
        test.entities,
        test.targets,
        answers.scores,
        distances=statistics.measure(answers.features),
    )
    write_predictions(made.run, "test", predictions)
    groups = np.where(np.arange(len(test)) % 2 == 0, "even", "odd")
    made.run.write_table(
        "splits/test.parquet", pd.DataFrame({"id": test.ids, "group:parity": groups})
    )
    export_stage(made)
    return made


def _write(folder: Path, num: int, *, seed: int, shift: float = 0.0) -> Path:
    folder.mkdir()
    signals = np.random.default_rng(seed).normal(size=(num, SAMPLES)) + shift
    for row, signal in enumerate(signals.astype(np.float32)):
        (folder / f"{row:02}.raw").write_bytes(signal.tobytes())
    return folder


def test_rows_like_those_of_the_test_split_raise_no_alarm_and_others_do(
    context: StageContext, tmp_path: Path
) -> None:
    like = _write(tmp_path / "like", 40, seed=7)
    (like / "99.raw").write_bytes(b"")
    found = monitor_batch(context, like, labels=None, state=None)
    assert not found.alarm and found.reasons == ()
    assert (found.batch.n, found.batch.num_errors, found.reference.n) == (40, 1, 24)
    assert found.classifier is not None
    assert found.classifier.seen == "features of the network"
    other = _write(tmp_path / "other", 40, seed=8, shift=3.0)
    found = monitor_batch(context, other, labels=None, state=None)
    assert found.alarm
    assert any("wave: mean" in reason for reason in found.reasons)
    assert found.outcomes == () and len(found.expected) == 1


def test_labels_give_outcomes_and_groups_and_a_state_counts_batches(
    context: StageContext, tmp_path: Path
) -> None:
    new = _write(tmp_path / "new", 60, seed=9)
    names = sorted(file.name for file in new.iterdir())
    table = pd.DataFrame({"id": names, "label": "flat", "parity": ["even", "odd"] * 30})
    table.to_csv(tmp_path / "labels.csv", index=False)
    state = tmp_path / "state"
    for _ in range(2):
        found = monitor_batch(context, new, labels=tmp_path / "labels.csv", state=state)
    assert [one.name for one in found.outcomes][:1] == ["accuracy"]
    assert {one.group for one in found.groups} == {"even", "odd"}
    assert found.sequence is not None
    assert (found.sequence.num_batches, found.sequence.counted_before) == (1, True)


def test_without_the_data_of_the_run_scores_are_still_compared(
    context: StageContext, tmp_path: Path
) -> None:
    def gone() -> NoReturn:
        raise MissingArtefactError("the data source has changed")

    new = _write(tmp_path / "new", 30, seed=9)
    found = monitor_batch(replace(context, splits=gone), new, labels=None, state=None)
    assert {test.family for test in found.tests} == {"scores", "decisions"}
    assert found.notes == ("Inputs and features were not compared: the data source has changed",)
    assert found.classifier is not None and found.classifier.seen == "inputs and scores"


def test_too_few_rows_and_a_state_of_another_model_are_refused(
    context: StageContext, tmp_path: Path
) -> None:
    few = _write(tmp_path / "few", 3, seed=1)
    with pytest.raises(DataError, match="at least 5 entities are needed"):
        monitor_batch(context, few, labels=None, state=None)
    (tmp_path / "monitor_history.json").write_text(
        '{"schema_version": 1, "weights_sha256": "other", "columns": [], "batches": []}',
        encoding="utf-8",
    )
    with pytest.raises(UserError, match="another model has another history"):
        monitor_batch(context, few, labels=None, state=tmp_path)
