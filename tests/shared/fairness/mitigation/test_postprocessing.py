from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fairlearn.metrics import equalized_odds_difference

from shared.calibration.calibrate import calibrate_stage
from shared.contract import UNKNOWN
from shared.evaluation.measure import measure_split
from shared.fairness.mitigation.postprocessing import (
    GroupedScores,
    Mitigation,
    adjust_logits,
    optimise_thresholds,
    postprocessing_mitigations,
)
from shared.fairness.mitigation.small_rates import ComparedRows
from shared.fairness.mitigation.tradeoff import (
    Price,
    compare_mitigations,
    equalised_odds_difference,
)
from shared.fairness.stage import fairness_stage
from shared.run.artefacts.calibration_file import read_calibrated_predictions
from shared.statistics.bootstrap import Resampling
from shared.statistics.streams import Stream
from shared.targets import Categories
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, run_context
from tests.shared.fairness.gaps.rates import BINARY

_RESAMPLING = Resampling(100, 0.95, (0,))


def _biased(seed: int, n: int = 2000) -> GroupedScores:
    """Two groups of equal class shares; the model shifts the logit of group b by 1.5."""
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, 2, n)
    labels = generator.choice(["a", "b"], n)
    logit = 2.0 * (targets - 0.5) + generator.normal(size=n) + 1.5 * (labels == "b")
    return GroupedScores(np.stack([np.zeros(n), logit], axis=1).astype(np.float32), targets, labels)


def _rows(split: GroupedScores) -> ComparedRows:
    names = np.arange(len(split.targets)).astype(np.str_)
    predictions = Predictions(names, names, split.targets, split.scores)
    return ComparedRows.of(predictions, split.labels, None)


@pytest.mark.parametrize("seed", range(5))
def test_equalised_odds_difference_is_fairlearns(seed: int) -> None:
    split = _biased(seed, 300)
    predicted = BINARY.decide(split.scores)
    expected = equalized_odds_difference(split.targets, predicted, sensitive_features=split.labels)
    assert equalised_odds_difference(predicted, split.targets, split.labels, 2) == pytest.approx(
        expected, abs=1e-12
    )


def test_rates_of_few_rows_say_nothing() -> None:
    targets, labels = np.repeat([0, 1], 30), np.array(["a"] * 25 + ["b"] * 35)
    predicted = np.where(
        (labels == "a") & (targets == 0), 1, 0
    )  # group a is predicted wrongly, but has class 0 only
    assert equalised_odds_difference(predicted, targets, labels, 2, min_group_size=1) == 1.0
    assert np.isnan(equalised_odds_difference(predicted, targets, labels, 2, min_group_size=20))


def test_unknown_group_is_compared_with_nobody() -> None:
    split = _biased(0, 300)
    labels = np.where(split.labels == "b", UNKNOWN, split.labels)
    assert np.isnan(
        equalised_odds_difference(BINARY.decide(split.scores), split.targets, labels, 2)
    )


def test_thresholds_by_group_close_a_gap_on_rows_they_never_saw() -> None:
    val, test = _biased(0), _biased(1)
    before = equalised_odds_difference(BINARY.decide(test.scores), test.targets, test.labels, 2)
    _, predicted = optimise_thresholds(BINARY, val, test, seed=0)
    assert before > 0.3
    assert equalised_odds_difference(predicted, test.targets, test.labels, 2) < before / 3


def test_rows_of_a_group_that_validation_lacks_are_predicted_as_deployed() -> None:
    val, test = _biased(0), _biased(1)
    labels = np.where(np.arange(len(test.labels)) < 50, "c", test.labels)
    _, predicted = optimise_thresholds(
        BINARY, val, GroupedScores(test.scores, test.targets, labels), seed=0
    )
    assert np.array_equal(predicted[:50], BINARY.decide(test.scores)[:50])


def test_logit_adjustment_of_full_strength_takes_what_the_groups_shares_tell() -> None:
    counts = {"a": np.array([899, 99]), "b": np.array([99, 899])}
    scores = np.log(np.array([[0.9, 0.1], [0.1, 0.9]], dtype=np.float32))
    adjusted = adjust_logits(scores, np.array(["a", "b"]), counts, 1.0)
    # A score that says only what the group's shares say, says nothing any more.
    assert BINARY.probabilities(adjusted) == pytest.approx(np.full((2, 2), 0.5), abs=1e-3)
    assert np.array_equal(adjust_logits(scores, np.array(["a", "b"]), counts, 0.0), scores)


def test_mitigations_of_several_classes_have_no_thresholds() -> None:
    three = Categories(names=("x", "y", "z"))
    split = GroupedScores(np.eye(3, dtype=np.float32), np.arange(3), np.array(["a", "b", "a"]))
    methods = {
        mitigation.method
        for mitigation in postprocessing_mitigations(
            three, {"a": np.ones(3, dtype=np.int64)}, split, split, 0
        )
    }
    assert methods == {"as deployed", "logit adjustment by group"}


def _compared(price: float) -> list[dict[str, Any]]:
    val, test = _biased(0), _biased(1)
    coin = np.random.default_rng(99).integers(0, 2, len(val.targets))
    candidates = [
        Mitigation(
            "as deployed",
            None,
            BINARY.decide(val.scores),
            BINARY.decide(test.scores),
            needs_group=False,
        ),
        Mitigation(
            "thresholds by group",
            None,
            *optimise_thresholds(BINARY, val, test, 0),
            needs_group=True,
        ),
        Mitigation("coin", None, coin, coin, needs_group=False),
    ]
    price_of_test = Price(price, min_group_size=20, resampling=_RESAMPLING)
    records = compare_mitigations(BINARY, candidates, _rows(val), _rows(test), price_of_test)
    return [record.model_dump() for record in records]


def test_mitigation_is_chosen_on_validation_within_the_price() -> None:
    assert [entry["method"] for entry in _compared(0.1) if entry["chosen"]] == [
        "thresholds by group"
    ]
    assert [entry["method"] for entry in _compared(0.5) if entry["chosen"]] != ["as deployed"]


def test_the_best_of_those_that_need_no_group_is_marked_too() -> None:
    assert [entry["method"] for entry in _compared(0.1) if entry["chosen_without_group"]] == [
        "as deployed"
    ]
    assert [entry["method"] for entry in _compared(0.5) if entry["chosen_without_group"]] == [
        "coin"
    ]


def test_nothing_is_chosen_by_looking_at_the_test_split() -> None:
    val, test = _biased(0), _biased(1)
    deployed = Mitigation(
        "as deployed",
        None,
        BINARY.decide(val.scores),
        BINARY.decide(test.scores),
        needs_group=False,
    )
    # Perfect on test, no better on validation: the saboteur that would win if test were looked at.
    perfect = Mitigation(
        "perfect on test", None, BINARY.decide(val.scores), test.targets, needs_group=False
    )
    price = Price(0.5, min_group_size=20, resampling=_RESAMPLING)
    entries = compare_mitigations(BINARY, [deployed, perfect], _rows(val), _rows(test), price)
    assert entries[0].chosen


def test_price_and_gap_of_each_mitigation_are_reported_on_test_with_an_interval() -> None:
    deployed, thresholds, _ = _compared(0.1)
    assert (
        thresholds["test"]["equalised_odds_difference"]
        < deployed["test"]["equalised_odds_difference"]
    )
    accuracy = deployed["test"]["balanced_accuracy"]
    assert accuracy["ci_low"] < accuracy["value"] < accuracy["ci_high"]


def test_fairness_stage_compares_mitigations_for_people(tmp_path: Path) -> None:
    test = classified(0, num_entities=60)
    context = run_context(
        tmp_path, test, groups={"sex": np.where(np.arange(len(test)) // 5 % 2 == 0, "f", "m")}
    )
    calibrate_stage(context)
    fairness_stage(context)
    (entry,) = context.run.read_json("fairness.json", maker="fairness")["attributes"]
    assert [mitigation["method"] for mitigation in entry["mitigations"]][:2] == [
        "as deployed",
        "logit adjustment by group",
    ]
    assert sum(mitigation["chosen"] for mitigation in entry["mitigations"]) == 1
    # One number has one interval: the deployed decisions are those that metrics.json measures.
    deployed = entry["mitigations"][0]["test"]["balanced_accuracy"]
    test = read_calibrated_predictions(context.run, "test")
    resampling = Resampling(200, 0.95, (context.config.train.seed, Stream.METRICS))
    measured = measure_split(CATEGORIES, test, {"benign": 60}, resampling)
    assert deployed == measured.metrics["balanced_accuracy"].model_dump()
