from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

import tests.contract.toy
from shared.config import RunConfig
from shared.config.sources import resolve_config
from shared.loading.source import load_splits
from shared.prediction.behaviours import read_behaviour_scores
from shared.run.artefacts.prediction_files import read_folds, read_perturbations, read_predictions
from shared.run.directory import RunDirectory
from shared.stages.runner import run_stages
from tests.contract.toy import PIPELINE

PRESETS = Path(tests.contract.toy.__file__).parent / "presets"
NUM_FOLDS, NUM_EXAMPLES = 3, 120


def configure(*assignments: str) -> RunConfig:
    settings = [
        f"data.num_demo_examples={NUM_EXAMPLES}",
        "train.epochs=2",
        "train.batch_size=16",
        "evaluate.max_perturbation_examples=20",
    ]
    folds = ["data.split=leave_one_entity_out", f"data.max_folds={NUM_FOLDS}"]
    return resolve_config(PIPELINE.config_type, PRESETS, "smoke", [*settings, *folds, *assignments])


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    run = RunDirectory(tmp_path_factory.mktemp("runs") / "toy")
    run_stages(PIPELINE, configure(), run)
    return run


def test_each_fold_leaves_its_own_model(finished: RunDirectory) -> None:
    weights = [
        keras.saving.load_model(finished / f"folds/{number}/network.keras").get_weights()
        for number in (1, 2, 3)
    ]
    assert not np.array_equal(weights[0][0], weights[1][0])
    assert not (finished / "folds/4").exists()


def test_the_served_model_is_that_of_the_first_fold(finished: RunDirectory) -> None:
    assert (finished / "model.keras").read_bytes() == (
        finished / "folds/1/model.keras"
    ).read_bytes()


@pytest.mark.parametrize("part", ["val", "test"])
def test_every_example_is_predicted_once_by_a_model_that_did_not_train_on_it(
    finished: RunDirectory, part: str
) -> None:
    predictions, folds = read_predictions(finished, part), read_folds(finished, part)
    assert folds is not None
    assert len(set(predictions.ids.tolist())) == len(predictions) == NUM_EXAMPLES
    for number, fold in enumerate(load_splits(PIPELINE, configure()).folds, start=1):
        assert not set(predictions.entities[folds == number].tolist()) & set(
            fold.train.entities.tolist()
        )


def test_predictions_are_those_of_the_folds_own_model(finished: RunDirectory) -> None:
    predictions, folds = read_predictions(finished, "test"), read_folds(finished, "test")
    fold = load_splits(PIPELINE, configure()).folds[1]
    preprocess, model = (
        keras.saving.load_model(finished / f"folds/2/{name}.keras", compile=False)
        for name in ("preprocess", "model")
    )
    expected = model(preprocess(fold.test.rows(np.arange(len(fold.test)))))
    np.testing.assert_allclose(predictions.scores[folds == 2], expected, rtol=1e-4, atol=1e-5)


def test_perturbed_rows_come_from_all_folds(finished: RunDirectory) -> None:
    perturbed = next(iter(read_perturbations(finished).values()))
    assert len(perturbed) == 20
    for fold in load_splits(PIPELINE, configure()).folds:
        assert set(perturbed.entities.tolist()) & set(fold.test.entities.tolist())


def test_behaviour_tests_are_scored_by_the_served_model(finished: RunDirectory) -> None:
    suite = PIPELINE.behaviours(configure(), load_splits(PIPELINE, configure()).target)
    scores = read_behaviour_scores(finished, suite, load_splits(PIPELINE, configure()).target)
    preprocess, model = (
        keras.saving.load_model(finished / f"{name}.keras", compile=False)
        for name in ("preprocess", "model")
    )
    for name, behaviour in suite.tests.items():
        np.testing.assert_allclose(
            scores[name], model(preprocess(dict(behaviour.rows))), rtol=1e-4, atol=1e-5
        )


def test_metrics_count_every_example_and_each_fold(finished: RunDirectory) -> None:
    metrics = finished.read_json("metrics.json", maker="evaluate")
    assert metrics["n"] == NUM_EXAMPLES
    assert [fold["fold"] for fold in metrics["folds"]] == [1, 2, 3]
    assert sum(fold["n"] for fold in metrics["folds"]) == NUM_EXAMPLES
    predictions, folds = read_predictions(finished, "test"), read_folds(finished, "test")
    assert folds is not None
    mine = predictions.take(np.flatnonzero(folds == 2))
    value = load_splits(PIPELINE, configure()).target.metrics(mine)[metrics["primary_metric"]]
    assert metrics["folds"][1]["value"] == pytest.approx(value)
    assert metrics["folds"][1]["ci_low"] <= value <= metrics["folds"][1]["ci_high"]


def test_the_rule_for_ood_rows_is_chosen_and_judged_on_rows_of_the_served_fold(
    finished: RunDirectory,
) -> None:
    ood = finished.read_json("metrics.json", maker="evaluate")["ood"]
    validated, tested = read_folds(finished, "val"), read_folds(finished, "test")
    assert validated is not None
    assert tested is not None
    assert ood["rule"]["n"] == (validated == 1).sum()
    assert ood["flagged"]["n"] == (tested == 1).sum()


def test_fairness_finds_every_tested_example(finished: RunDirectory) -> None:
    table = pd.read_parquet(finished / "splits/test.parquet")
    assert len(table) == NUM_EXAMPLES


def test_the_report_and_the_signature_name_the_folds(finished: RunDirectory) -> None:
    page = (finished / "report.html").read_text()
    assert "Each fold of left-out entities, predicted by a model that never met it" in page
    assert "Training and validation of the first of 3 folds" in page
    not_met = finished.read_json("signature.json", maker="export")["not_met"]
    assert not_met["fold"] == 1
    assert not_met["num_folds"] == NUM_FOLDS
    assert not_met["entities"][0] in page


@pytest.mark.slow
def test_resume_notices_a_missing_fold(finished: RunDirectory, tmp_path: Path) -> None:
    shutil.copytree(finished.path, tmp_path / "toy")
    shutil.rmtree(tmp_path / "toy" / "folds" / "2")
    results = run_stages(
        PIPELINE,
        configure(),
        RunDirectory(tmp_path / "toy"),
        stages=["data", "train", "predict"],
        resume=True,
    )
    assert {result.name: result.reused for result in results}["train"] is False


def test_a_later_run_without_folds_leaves_none(finished: RunDirectory, tmp_path: Path) -> None:
    shutil.copytree(finished.path, tmp_path / "toy")
    run = RunDirectory(tmp_path / "toy")
    run_stages(PIPELINE, configure("data.split=entity"), run, stages=["data", "train", "predict"])
    assert not run.has("folds")
    assert read_folds(run, "test") is None
