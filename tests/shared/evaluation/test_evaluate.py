from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from shared.errors import ContractError, MissingArtefactError
from shared.evaluation.evaluate import evaluate_stage
from shared.run.fingerprints import fingerprint_path
from shared.targets import Categories, Horizon
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import (
    CATEGORIES,
    GRADES,
    HORIZON,
    classified,
    forecast,
    run_context,
)

BOTH = [(CATEGORIES, classified(0)), (GRADES, classified(0)), (HORIZON, forecast(0))]


def evaluated(path: Path, test: Predictions, **settings: Any) -> dict[str, Any]:
    context = run_context(path, test, **settings)
    evaluate_stage(context)
    document: dict[str, Any] = context.run.read_json("metrics.json", maker="evaluate")
    return document


def degraded(predictions: Predictions, amount: float, num_rows: int) -> Predictions:
    noise = np.random.default_rng(7).normal(0.0, 1.0, predictions.scores.shape) * amount
    return predictions.with_scores((predictions.scores + noise).astype(np.float32)).take(
        np.arange(num_rows)[::-1].copy()
    )


@pytest.mark.parametrize(("target", "test"), BOTH)
def test_every_metric_stands_within_its_interval_beside_its_baseline(
    tmp_path: Path, target: Categories | Horizon, test: Predictions
) -> None:
    document = evaluated(tmp_path, test, target=target)
    assert set(document["metrics"]) == set(target.describe())
    assert document["n"] == len(test)
    for name, entry in document["metrics"].items():
        assert entry["value"] == pytest.approx(target.metrics(test)[name], rel=1e-12)
        assert entry["ci_low"] <= entry["value"] <= entry["ci_high"]
        assert entry["baseline"] == document["baselines"][entry["baseline_name"]][name]


@pytest.mark.parametrize(("target", "test"), BOTH)
def test_a_good_model_is_better_than_the_best_baseline(
    tmp_path: Path, target: Categories | Horizon, test: Predictions
) -> None:
    versus = evaluated(tmp_path, test, target=target)["metrics"][target.primary_metric][
        "versus_baseline"
    ]
    assert versus["verdict"] == "better"
    assert versus["ci_low"] <= versus["value"] <= versus["ci_high"]


def test_a_model_without_skill_is_not_told_apart_from_the_prior(tmp_path: Path) -> None:
    versus = evaluated(tmp_path, classified(0, skill=0.0))["metrics"]["auc_macro"][
        "versus_baseline"
    ]
    assert versus["verdict"] == "inconclusive"


def test_best_baseline_of_each_metric_is_the_best_on_it(tmp_path: Path) -> None:
    document = evaluated(tmp_path, forecast(0))
    baselines = document["baselines"]
    assert set(baselines) == {"last_value", "seasonal_naive", "training_mean"}
    for name, entry in document["metrics"].items():
        pick = max if entry["better"] == "higher" else min
        assert entry["baseline"] == pick(values[name] for values in baselines.values())


def test_validation_numbers_stand_beside_the_test(tmp_path: Path) -> None:
    val = classified(1)
    assert evaluated(tmp_path, classified(0), val=val)["val"] == pytest.approx(
        CATEGORIES.metrics(val)
    )


def test_tidy_table_holds_the_same_numbers(tmp_path: Path) -> None:
    context = run_context(tmp_path, classified(0))
    evaluate_stage(context)
    table = context.run.read_table("metrics.parquet", maker="evaluate")
    metrics = context.run.read_json("metrics.json", maker="evaluate")["metrics"]
    assert list(table.columns) == [
        "split",
        "metric",
        "value",
        "ci_low",
        "ci_high",
        "n",
        "unit",
        "baseline",
    ]
    test = table[table["split"] == "test"].set_index("metric")
    assert {name: test.loc[name, "ci_low"] for name in metrics} == {
        name: entry["ci_low"] for name, entry in metrics.items()
    }
    assert set(table["split"]) == {"test", "val"}


def test_confusion_and_classes_add_up_to_the_rows(tmp_path: Path) -> None:
    test = classified(0)
    document = evaluated(tmp_path, test)
    confusion = np.array(document["confusion"])
    assert (
        confusion.sum(axis=1).tolist()
        == np.bincount(test.targets).tolist()
        == [entry["n"] for entry in document["classes"]]
    )
    assert confusion.sum(axis=0).tolist() == [
        entry["num_predicted"] for entry in document["classes"]
    ]
    for c, entry in enumerate(document["classes"]):
        assert entry["recall"]["value"] == pytest.approx(confusion[c, c] / confusion[c].sum())
        for rate in (entry["recall"], entry["precision"], entry["f1"]):
            assert rate["ci_low"] <= rate["value"] <= rate["ci_high"]


def test_areas_of_each_class_are_those_of_scikit_learn_and_average_to_the_macro_metrics(
    tmp_path: Path,
) -> None:
    test = classified(0)
    document = evaluated(tmp_path, test)
    probabilities = CATEGORIES.probabilities(test.scores)
    for c, entry in enumerate(document["classes"]):
        positive = test.targets == c
        assert entry["auc"]["value"] == pytest.approx(
            roc_auc_score(positive, probabilities[:, c]), abs=1e-12
        )
        assert entry["average_precision"]["value"] == pytest.approx(
            average_precision_score(positive, probabilities[:, c]), abs=1e-12
        )
        assert entry["average_precision"]["baseline"] == pytest.approx(positive.mean())
        for area in ("auc", "average_precision"):
            assert entry[area]["ci_low"] < entry[area]["value"] < entry[area]["ci_high"]
    for area, metric in (("auc", "auc_macro"), ("average_precision", "pr_auc_macro")):
        mean = np.mean([entry[area]["value"] for entry in document["classes"]])
        assert mean == pytest.approx(document["metrics"][metric]["value"], abs=1e-12)


def test_reliability_bins_add_up_to_the_rows_and_to_the_calibration_error(tmp_path: Path) -> None:
    document = evaluated(tmp_path, classified(0))
    bins = document["reliability"]
    assert sum(entry["n"] for entry in bins) == document["n"]
    error = (
        sum(entry["n"] * abs(entry["stated"] - entry["value"]) for entry in bins) / document["n"]
    )
    assert error == pytest.approx(document["metrics"]["ece"]["value"])


def test_a_class_absent_from_the_test_part_is_null_not_nan(tmp_path: Path) -> None:
    test = classified(0)
    entry = evaluated(tmp_path, test.take(np.flatnonzero(test.targets != 2)))["classes"][2]
    assert (entry["n"], entry["recall"]["value"], entry["recall"]["ci_low"]) == (0, None, None)
    assert (entry["auc"]["value"], entry["average_precision"]["value"]) == (None, None)
    assert entry["auc"]["note"] == "undefined: no row of the class, or none of another"


def test_forecast_errors_by_step_average_to_the_metric_where_all_is_observed(
    tmp_path: Path,
) -> None:
    test = forecast(0)
    test.targets[np.isnan(test.targets)] = 10.0
    document = evaluated(tmp_path, test)
    steps = document["steps"]
    assert [entry["seconds_ahead"] for entry in steps] == [3600, 7200, 10800, 14400]
    mean = np.mean([entry["mae_standardised"]["value"] for entry in steps])
    assert mean == pytest.approx(document["metrics"]["mae_standardised"]["value"])
    coverage = np.mean([entry["coverage"]["value"] for entry in steps])
    assert coverage == pytest.approx(document["coverage"]["value"])
    assert document["coverage"]["nominal"] == pytest.approx(0.8)


def test_skill_is_stated_against_each_baseline_and_widths_by_step_average_to_the_overall_one(
    tmp_path: Path,
) -> None:
    test = forecast(0)
    document = evaluated(tmp_path, test)
    errors = {name: values["mse_standardised"] for name, values in document["baselines"].items()}
    assert [item["baseline"] for item in document["skills"]] == list(errors)
    for item in document["skills"]:
        expected = 1.0 - document["metrics"]["mse_standardised"]["value"] / errors[item["baseline"]]
        assert item["value"] == pytest.approx(expected, rel=1e-12)
        assert item["ci_low"] < item["value"] < item["ci_high"]
    complete = test.take(np.flatnonzero(np.isfinite(test.targets).all(axis=(1, 2))))
    document = evaluated(tmp_path / "complete", complete)
    widths = [step["interval_width"]["value"] for step in document["steps"]]
    assert np.mean(widths) == pytest.approx(document["interval_width"]["value"], rel=1e-9)


def test_corruption_drops_are_paired_with_the_same_rows_and_grow_with_severity(
    tmp_path: Path,
) -> None:
    test = classified(0)
    perturbed = {
        ("blur", severity): degraded(test, amount, 120)
        for severity, amount in ((1, 0.0), (2, 1.0), (3, 4.0))
    }
    entries = evaluated(tmp_path, test, perturbed=perturbed)["perturbations"]
    assert [
        (entry["perturbation"], entry["severity"], entry["kind"], entry["n"]) for entry in entries
    ] == [("blur", severity, "corruption", 120) for severity in (1, 2, 3)]
    same_rows = CATEGORIES.metrics(test.take(np.arange(120)))["balanced_accuracy"]
    assert [entry["clean"]["value"] for entry in entries] == pytest.approx([same_rows] * 3)
    drops = [entry["drop"]["value"] for entry in entries]
    assert drops == pytest.approx([same_rows - entry["value"] for entry in entries], abs=1e-12)
    assert drops[0] == 0.0 < drops[1] < drops[2]
    assert entries[2]["drop"]["ci_low"] > 0.0


def test_forecast_drops_are_positive_where_errors_grow(tmp_path: Path) -> None:
    test = forecast(0)
    entry = evaluated(tmp_path, test, perturbed={("outliers", 1): degraded(test, 3.0, 40)})[
        "perturbations"
    ][0]
    assert entry["drop"]["value"] == pytest.approx(entry["value"] - entry["clean"]["value"])
    assert entry["drop"]["ci_low"] > 0.0
    assert entry["flip_rate"] is None
    assert entry["score_shift"]["value"] > 0.0


def test_flip_rate_of_a_counterfactual_counts_changed_decisions(tmp_path: Path) -> None:
    test = classified(0)
    scores = test.scores.copy()
    scores[:20] = np.roll(scores[:20], 1, axis=1)  # the first twenty decide for the next class
    entry = evaluated(tmp_path, test, perturbed={("swap_names", 1): test.with_scores(scores)})[
        "perturbations"
    ][0]
    assert entry["kind"] == "counterfactual"
    assert entry["flip_rate"]["value"] == pytest.approx(20 / len(test))
    assert entry["flip_rate"]["ci_low"] <= 20 / len(test) <= entry["flip_rate"]["ci_high"]
    before, after = CATEGORIES.probabilities(test.scores), CATEGORIES.probabilities(scores)
    rows, decided = np.arange(len(test)), CATEGORIES.decide(test.scores)
    assert entry["score_shift"]["value"] == pytest.approx(
        np.abs(after[rows, decided] - before[rows, decided]).mean()
    )


def test_no_flip_among_all_rows_is_not_proof_of_invariance(tmp_path: Path) -> None:
    test = classified(0)
    entry = evaluated(tmp_path, test, perturbed={("swap_names", 1): test})["perturbations"][0]
    assert entry["flip_rate"]["value"] == 0.0
    assert entry["flip_rate"]["ci_high"] == pytest.approx(
        0.0876, abs=1e-3
    )  # Wilson's, with 40 entities and not 200 rows


def test_answers_to_ood_inputs_are_not_judged_but_ood_evaluation_them_is(tmp_path: Path) -> None:
    test = classified(0)
    perturbed = {("blur", 1): test, ("ood_noise", 1): test.with_scores(0.01 * test.scores)}
    document = evaluated(tmp_path, test, perturbed=perturbed)
    assert [entry["perturbation"] for entry in document["perturbations"]] == ["blur"]
    noticed = {
        entry["perturbation"]: entry["detectors"]["energy"]["auroc"]["value"]
        for entry in document["ood"]["perturbations"]
    }
    assert noticed["blur"] == pytest.approx(0.5)
    assert noticed["ood_noise"] > 0.9


def test_perturbation_of_a_row_that_the_part_lacks_is_a_fault(tmp_path: Path) -> None:
    test = classified(0)
    context = run_context(tmp_path, test.take(np.arange(50)), perturbed={("blur", 1): test})
    with pytest.raises(
        ContractError, match="Perturbation 'blur' scored the id 'id50', which is not in the split"
    ):
        evaluate_stage(context)


def test_one_entity_has_numbers_but_no_interval(tmp_path: Path) -> None:
    entry = evaluated(tmp_path, classified(0, num_entities=1, rows_each=30))["metrics"]["accuracy"]
    assert entry["value"] is not None
    assert (entry["ci_low"], entry["ci_high"]) == (None, None)
    assert entry["note"] == "no interval: all rows belong to one entity"
    assert entry["versus_baseline"]["verdict"] == "not known"


@pytest.mark.parametrize("test", [classified(0), forecast(0)])
def test_scores_that_are_not_finite_are_answered_in_words(
    tmp_path: Path, test: Predictions
) -> None:
    test.scores[3] = np.nan
    document = evaluated(tmp_path, test, val=test, perturbed={("blur", 1): test})
    assert all(entry["value"] is None for entry in document["metrics"].values())
    assert (
        f"not finite for 1 of {len(test)} rows (first: id '{test.ids[3]}')" in document["notes"][0]
    )
    assert document["perturbations"][0]["value"] is None
    assert document["val"][document["primary_metric"]] is None


def test_forecast_rows_without_any_observation_are_not_counted(tmp_path: Path) -> None:
    test = forecast(0)
    test.targets[:5] = np.nan
    assert evaluated(tmp_path, test)["n"] == len(test) - 5


def test_nothing_observed_at_all_is_answered_in_words(tmp_path: Path) -> None:
    test = forecast(0)
    test.targets[:] = np.nan
    document = evaluated(tmp_path, test)
    assert document["notes"] == ["No row has an observed target."]
    assert all(entry["value"] is None for entry in document["metrics"].values())


def test_a_record_of_another_version_is_named(tmp_path: Path) -> None:
    context = run_context(tmp_path, classified(0))
    context.run.write_json("data.json", {"target": {"kind": "poem"}})
    with pytest.raises(
        MissingArtefactError, match=r"Another version of Plumbline made .*data\.json"
    ):
        evaluate_stage(context)


@pytest.mark.parametrize("test", [classified(0), forecast(0)])
def test_a_rerun_writes_the_same_bytes(tmp_path: Path, test: Predictions) -> None:
    context = run_context(tmp_path, test, perturbed={("blur", 1): degraded(test, 1.0, 30)})
    evaluate_stage(context)
    first = {
        name: fingerprint_path(tmp_path / name) for name in ("metrics.json", "metrics.parquet")
    }
    evaluate_stage(context)
    assert first == {name: fingerprint_path(tmp_path / name) for name in first}
    json.loads(
        (tmp_path / "metrics.json").read_text(),
        parse_constant=lambda name: pytest.fail(f"{name} is not JSON"),
    )


def test_classifier_and_baseline_are_compared_by_entity_on_the_same_rows(tmp_path: Path) -> None:
    document = evaluated(tmp_path, classified(0))
    tests = {test["metric"]: test for test in document["paired_tests"]["tests"]}
    methods = {"accuracy": "McNemar by entity", "auc_macro": "DeLong by entity"}
    assert {name: (test["method"], test["comparator"]) for name, test in tests.items()} == {
        k: (v, "prior") for k, v in methods.items()
    }
    for name, test in tests.items():
        assert test["difference"] == pytest.approx(
            document["metrics"][name]["versus_baseline"]["value"], abs=1e-12
        )
        assert test["p_value"] <= test["p_adjusted"] < 0.001
    assert document["paired_tests"]["family"] == {"method": "Holm", "size": 2}


def test_a_model_without_skill_is_not_better_by_the_paired_test(tmp_path: Path) -> None:
    for test in evaluated(tmp_path, classified(0, skill=-0.6))["paired_tests"]["tests"]:
        assert test["difference"] < 0.0 or test["p_value"] > 0.05


def test_forecast_and_baselines_are_compared_over_time(tmp_path: Path) -> None:
    document = evaluated(tmp_path, forecast(0, num_entities=20))
    tests = {test["metric"]: test for test in document["paired_tests"]["tests"]}
    assert list(tests) == ["mse_standardised", "mae_standardised", "pinball"]
    for metric, test in tests.items():
        assert test["difference"] == pytest.approx(
            document["metrics"][metric]["versus_baseline"]["value"], rel=1e-9
        )
        assert test["p_value"] <= test["p_adjusted"] < 0.05
    assert document["paired_tests"]["family"]["size"] == 3


def test_scores_that_are_not_finite_are_not_tested(tmp_path: Path) -> None:
    test = classified(0)
    test.scores[0] = np.nan
    assert evaluated(tmp_path, test)["paired_tests"] == {
        "family": {"method": "Holm", "size": 0},
        "tests": [],
    }
