from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    equal_opportunity_difference,
    equalized_odds_difference,
    selection_rate,
)
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score

from shared.fairness.gaps.row_rates import row_rates
from shared.fairness.stage import fairness_stage
from shared.run.artefacts.calibration_file import SetRule
from tests.shared.evaluation.predicted_run import (
    CATEGORIES,
    HORIZON,
    classified,
    forecast,
    run_context,
)
from tests.shared.fairness.gaps.rates import (
    BINARY,
    largest,
    rates_of,
    sites,
    two_classes,
    values,
)


@pytest.mark.parametrize("seed", range(5))
def test_rates_of_several_classes_equal_fairlearns_and_scikit_learns(seed: int) -> None:
    test = classified(seed, num_entities=120, skill=1.0)
    labels = sites(len(test), seed)
    rates, predicted = rates_of(CATEGORIES, test, labels), CATEGORIES.decide(test.scores)
    for c, name in enumerate(CATEGORIES.names):
        functions = {
            "recall": recall_score,
            "precision": precision_score,
            "selection_rate": selection_rate,
        }
        frame = MetricFrame(
            metrics=functions,
            y_true=test.targets == c,
            y_pred=predicted == c,
            sensitive_features=labels,
        )
        for metric in functions:
            assert values(rates, metric, name) == pytest.approx(
                frame.by_group[metric].to_dict(), abs=1e-12
            )
    frame = MetricFrame(
        metrics=balanced_accuracy_score,
        y_true=test.targets,
        y_pred=predicted,
        sensitive_features=labels,
    )
    assert values(rates, "balanced_accuracy") == pytest.approx(frame.by_group.to_dict(), abs=1e-12)


def test_coverage_of_conformal_sets_is_counted_by_group() -> None:
    test = classified(0, num_entities=120, skill=1.0)
    labels = sites(len(test), 0)
    rates = rates_of(
        CATEGORIES, test, labels, rule=SetRule(coverage=0.9, by="all", thresholds=(0.3, 0.3, 0.3))
    )
    probabilities = CATEGORIES.probabilities(test.scores)
    holds = (probabilities[np.arange(len(test)), test.targets] >= 0.3) | (
        CATEGORIES.decide(test.scores) == test.targets
    )
    assert values(rates, "coverage") == pytest.approx(
        {site: holds[labels == site].mean() for site in "abc"}
    )


@pytest.mark.parametrize("seed", range(5))
def test_parity_criteria_equal_fairlearns(seed: int) -> None:
    test = two_classes(seed)
    labels, predicted = sites(len(test), seed), BINARY.decide(test.scores)
    rates = rates_of(BINARY, test, labels)
    told = {"y_true": test.targets, "y_pred": predicted, "sensitive_features": labels}
    assert largest(rates, "equalised odds").difference == pytest.approx(
        equalized_odds_difference(**told), abs=1e-12
    )
    assert largest(rates, "demographic parity").difference == pytest.approx(
        demographic_parity_difference(**told), abs=1e-12
    )
    recalls = values(rates, "recall", "malignant").values()
    assert max(recalls) - min(recalls) == pytest.approx(
        equal_opportunity_difference(**told), abs=1e-12
    )


def test_gap_is_the_group_minus_the_pooled_rest() -> None:
    test = classified(0, num_entities=120)
    labels, predicted = sites(len(test), 0), CATEGORIES.decide(test.scores)
    rates = rates_of(CATEGORIES, test, labels)
    rate = next(r for r in rates if (r.metric, r.of_class, r.group) == ("recall", "other", "b"))
    true, inside = test.targets == 2, labels == "b"
    expected = (predicted == 2)[true & inside].mean() - (predicted == 2)[true & ~inside].mean()
    assert rate.num_rows == (true & inside).sum()
    assert rate.gap is not None
    assert rate.gap.value == pytest.approx(expected, abs=1e-12)
    assert rate.gap.interval is not None
    assert rate.gap.interval.low <= expected <= rate.gap.interval.high


def test_calibration_gap_is_confidence_minus_share_correct_with_its_sign() -> None:
    test = classified(0, num_entities=120)
    labels = sites(len(test), 0)
    sure = test.with_scores(
        np.where(labels[:, None] == "a", 5.0 * test.scores, test.scores).astype(np.float32)
    )
    found = values(rates_of(CATEGORIES, sure, labels), "calibration_gap")
    correct = CATEGORIES.decide(sure.scores) == sure.targets
    for group, value in found.items():
        rows = labels == group
        assert value == pytest.approx(
            CATEGORIES.confidence(sure.scores)[rows].mean() - correct[rows].mean(), abs=1e-12
        )
    assert found["a"] > max(found["b"], found["c"]) + 0.05


def test_coverage_of_forecasts_is_compared_and_a_group_that_is_missed_stands_out() -> None:
    test = forecast(0, num_entities=40)
    labels = np.where(np.unique(test.entities, return_inverse=True)[1] % 2 == 0, "day", "night")
    narrow = test.scores.copy()
    night = labels == "night"
    narrow[night, ..., 1:] = narrow[night, ..., :1] + 0.2 * (
        narrow[night, ..., 1:] - narrow[night, ..., :1]
    )
    rates = rates_of(HORIZON, test.with_scores(narrow), labels)
    assert {rate.metric for rate in rates} == {"coverage"}
    inside = HORIZON.covered(test.with_scores(narrow))
    observed = np.isfinite(test.targets)
    per_row = np.where(observed, inside, 0).sum(axis=(1, 2)) / observed.sum(axis=(1, 2))
    expected = {group: per_row[labels == group].mean() for group in ("day", "night")}
    assert values(rates, "coverage") == pytest.approx(expected, abs=1e-12)
    gap = next(rate.gap for rate in rates if rate.group == "night")
    assert gap is not None
    assert gap.interval is not None
    assert gap.interval.high < 0.0
    assert largest(rates, "coverage").lowest == "night"


def test_errors_of_answers_count_only_where_the_model_answers() -> None:
    test = classified(0)
    (rate,) = (
        rate
        for rate in row_rates(CATEGORIES, test, abstain_below=0.8)
        if rate.metric == "error_of_answers"
    )
    answered = CATEGORIES.confidence(test.scores) >= 0.8
    assert 0 < answered.sum() < len(test)
    assert rate.counts.tolist() == answered.tolist()
    wrong = CATEGORIES.decide(test.scores) != test.targets
    assert rate.values[answered].tolist() == wrong[answered].astype(float).tolist()


def test_the_stage_lists_rates_and_parity_beside_the_error(tmp_path: Path) -> None:
    test = classified(0)
    context = run_context(
        tmp_path,
        test,
        groups={"site": np.char.add("s", (np.arange(len(test)) // 5 % 2).astype(str))},
    )
    fairness_stage(context)
    entry = context.run.read_json("fairness.json", maker="fairness")["attributes"][0]
    assert {item["metric"] for item in entry["rates"]} == {
        "balanced_accuracy", "calibration_gap", "false_positive_rate", "precision", "recall", "selection_excess", "selection_rate",
    }  # fmt: skip
    assert [item["criterion"] for item in entry["parity"]] == [
        "equalised odds", "equal opportunity", "demographic parity", "predictive parity", "balanced accuracy", "calibration",
    ]  # fmt: skip
