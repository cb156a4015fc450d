from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shared.calibration.calibrate import calibrate_stage
from shared.config import TrainConfig
from shared.errors import MissingArtefactError
from shared.fairness.mitigation.tradeoff import equalised_odds_difference
from shared.fairness.mitigation.trained_decisions import (
    DECISIONS,
    add_decisions,
    read_trained_decisions,
)
from shared.fairness.stage import fairness_stage
from shared.run.artefacts.calibration_file import read_calibrated_predictions
from shared.run.context import StageContext
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, run_context
from tests.shared.training.interrupted import Said

NUM_ENTITIES = 60
SEX = np.where(np.arange(NUM_ENTITIES * 5) // 5 % 2 == 0, "f", "m")


def predicted(path: Path, *, skill_of_m: float) -> StageContext:
    """A calibrated run; rows of group m are as easy as `skill_of_m` says."""
    test = classified(0, num_entities=NUM_ENTITIES)
    scores = test.scores.copy()
    scores[np.arange(len(test)), test.targets] += np.where(SEX == "m", skill_of_m - 2.0, 0.0)
    context = run_context(
        path, test.with_scores(scores.astype(np.float32)), groups={"sex": SEX, "site": SEX}
    )
    calibrate_stage(context)
    return context


@pytest.fixture
def runs(tmp_path: Path) -> tuple[StageContext, StageContext]:
    """A run that fares ill with group m, and one that was trained to fare well with it."""
    return predicted(tmp_path / "run", skill_of_m=0.5), predicted(
        tmp_path / "trained", skill_of_m=2.0
    )


def mitigations_of(context: StageContext, attribute: str = "sex") -> dict[str, dict[str, Any]]:
    fairness_stage(context)
    entries = context.run.read_json("fairness.json", maker="fairness")["attributes"]
    (entry,) = (entry for entry in entries if entry["attribute"] == attribute)
    return {
        mitigation["method"] + str(mitigation["strength"] or ""): mitigation
        for mitigation in entry["mitigations"]
    }


def test_a_training_stands_beside_the_mitigations_after_training(
    runs: tuple[StageContext, StageContext],
) -> None:
    run, trained = runs
    add_decisions(run.run, run.config, "sex", [("reweighing", trained.run)])
    found = mitigations_of(run)
    assert found.keys() >= {
        "as deployed",
        "logit adjustment by group1.0",
        "trained with reweighing",
    }
    mitigation = found["trained with reweighing"]
    assert (
        mitigation["needs_group"],
        mitigation["chosen"],
        mitigation["chosen_without_group"],
    ) == (
        False,
        True,
        True,
    )
    test = _predictions(trained)
    predicted = CATEGORIES.decide(test.scores)
    expected = equalised_odds_difference(predicted, test.targets, SEX, 3, 20)
    assert mitigation["test"]["equalised_odds_difference"] == pytest.approx(expected)
    assert (
        mitigation["test"]["equalised_odds_difference"]
        < found["as deployed"]["test"]["equalised_odds_difference"]
    )
    assert (
        mitigation["test"]["balanced_accuracy"]["value"]
        > found["as deployed"]["test"]["balanced_accuracy"]["value"]
    )


def test_the_worst_group_is_named_with_its_accuracy_and_size(
    runs: tuple[StageContext, StageContext],
) -> None:
    test = _predictions(runs[0])
    right = CATEGORIES.decide(test.scores) == test.targets
    deployed = mitigations_of(runs[0])["as deployed"]
    assert deployed["test"]["worst_group"] == {
        "group": "m",
        "accuracy": pytest.approx(right[SEX == "m"].mean()),
        "n": 150,
    }


def test_it_is_a_mitigation_for_its_own_attribute_only(
    runs: tuple[StageContext, StageContext],
) -> None:
    add_decisions(runs[0].run, runs[0].config, "sex", [("group_dro", runs[1].run)])
    assert "trained with group DRO" not in mitigations_of(runs[0], "site")


def test_adding_again_replaces_the_same_method_and_keeps_the_others(
    runs: tuple[StageContext, StageContext],
) -> None:
    run, trained = runs
    for attribute, method in (
        ("sex", "reweighing"),
        ("sex", "group_dro"),
        ("site", "reweighing"),
        ("sex", "reweighing"),
    ):
        add_decisions(run.run, run.config, attribute, [(method, trained.run)])
    table = run.run.read_table(DECISIONS, maker="mitigate")
    sizes = table.groupby(["attribute", "method", "split"]).size().to_dict()
    assert sizes == {
        (attribute, method, part): 300
        for attribute, method in (
            ("sex", "reweighing"),
            ("sex", "group_dro"),
            ("site", "reweighing"),
        )
        for part in ("val", "test")
    }


@pytest.mark.parametrize("changed", ["settings", "data"])
def test_a_training_with_other_settings_or_data_is_left_out_and_that_is_said(
    changed: str, runs: tuple[StageContext, StageContext]
) -> None:
    run, trained = runs
    add_decisions(run.run, run.config, "sex", [("reweighing", trained.run)])
    said = Said()
    other = (
        run.config.model_copy(update={"train": TrainConfig(epochs=99)})
        if changed == "settings"
        else run.config
    )
    if changed == "data":
        run.run.write_json(
            "data.json", run.run.read_json("data.json", maker="data") | {"fingerprint": "0"}
        )
    assert read_trained_decisions(replace(run, config=other, progress=said), CATEGORIES) == []
    assert len(said.lines) == 1
    assert said.lines[0].startswith(
        "Left out: the training with reweighing by 'sex' is of other data or settings"
    )


def test_what_only_costs_may_change(runs: tuple[StageContext, StageContext]) -> None:
    run, trained = runs
    add_decisions(run.run, run.config, "sex", [("reweighing", trained.run)])
    other = run.config.model_copy(update={"train": TrainConfig(tensorboard=False)})
    assert len(read_trained_decisions(replace(run, config=other), CATEGORIES)) == 1


def _without_column(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="predicted")


def _of_a_fourth_class(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(predicted=3)


def _without_a_row(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["id"] != "id7"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_without_column, r"is not as `mitigate` writes it"),
        (_of_a_fourth_class, r"predicts classes that this run does not have"),
        (_without_a_row, r"lacks the val row 'id7' of 'reweighing'"),
    ],
)
def test_a_damaged_table_is_refused_in_words(
    damage: Any, message: str, runs: tuple[StageContext, StageContext]
) -> None:
    run, trained = runs
    add_decisions(run.run, run.config, "sex", [("reweighing", trained.run)])
    run.run.write_table(DECISIONS, damage(run.run.read_table(DECISIONS, maker="mitigate")))
    with pytest.raises(MissingArtefactError, match=message):
        fairness_stage(run)


def _predictions(context: StageContext) -> Predictions:
    return read_calibrated_predictions(context.run, "test")
