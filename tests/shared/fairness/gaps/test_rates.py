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

from shared.contract import UNKNOWN
from shared.fairness.gaps.group_metric import GroupRate
from shared.fairness.gaps.parity import CRITERIA, CriterionAssessment, Difference, measure_criterion
from shared.fairness.gaps.rates import assess_rates
from shared.fairness.gaps.row_rates import row_rates
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups
from shared.fairness.records.untested import untested_sentence
from shared.fairness.stage import fairness_stage
from shared.run.artefacts.calibration_file import SetRule
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories, Target
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import (
    CATEGORIES,
    HORIZON,
    classified,
    forecast,
    run_context,
)

BINARY = Categories(names=("benign", "malignant"))


def rates_of(
    target: Target,
    test: Predictions,
    labels: np.ndarray,
    min_group_size: int = 20,
    rule: SetRule | None = None,
    *,
    privacy_size: int = 0,
) -> list[GroupRate]:
    groups = tuple(sorted(set(labels.tolist()) - {UNKNOWN}))
    grouped = GroupedErrors.of(Attribute("site", labels, groups), test.entities, {}, {})
    sized = SizedGroups.of(grouped, min_group_size, privacy_size=privacy_size)
    return assess_rates(row_rates(target, test, rule), sized, Resampling(100, 0.95, (0,)))


def values(rates: list[GroupRate], metric: str, of_class: str | None = None) -> dict[str, float]:
    return {
        r.group: r.value.value
        for r in rates
        if (r.metric, r.of_class) == (metric, of_class)
        and r.value is not None
        and r.value.value is not None
    }


def criterion_of(rates: list[GroupRate], name: str) -> CriterionAssessment:
    found = measure_criterion(
        next(criterion for criterion in CRITERIA if criterion.name == name), rates
    )
    assert found is not None
    return found


def largest(rates: list[GroupRate], criterion: str) -> Difference:
    found = criterion_of(rates, criterion).largest
    assert found is not None
    return found


def sites(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng([seed, 4]).choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])


def two_classes(seed: int, n: int = 400) -> Predictions:
    generator = np.random.default_rng(seed)
    targets = (generator.random(n) < 0.4).astype(np.int64)
    scores = generator.normal(size=(n, 2)).astype(np.float32)
    scores[np.arange(n), targets] += 1.0
    return Predictions(np.arange(n).astype(str), (np.arange(n) // 2).astype(str), targets, scores)


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


def test_too_few_positives_are_not_enough_data_though_the_group_is_large() -> None:
    test = two_classes(0)
    labels = np.where(np.arange(400) < 200, "a", "b")
    targets = test.targets.copy()
    targets[np.flatnonzero((labels == "b") & (targets == 1))[5:]] = (
        0  # five malignant cases remain in b, all of them found
    )
    scores = test.scores.copy()
    scores[(labels == "b") & (targets == 1)] = (-5.0, 5.0)
    rates = rates_of(BINARY, Predictions(test.ids, test.entities, targets, scores), labels)
    scarce = next(
        r for r in rates if (r.metric, r.of_class, r.group) == ("recall", "malignant", "b")
    )
    assert (scarce.gap, scarce.num_rows, scarce.not_tested) == (None, 5, "fewer than 20 rows")
    assert scarce.value is not None  # 5 of 5, which proves little: Wilson's interval
    assert (scarce.value.value, scarce.value.ci_high) == (1.0, 1.0)
    assert scarce.value.ci_low is not None
    assert scarce.value.ci_low < 0.57
    assert not scarce.is_tested
    # Nobody is left out of the largest difference; none is made up where only one group has rows.
    opportunity = criterion_of(rates, "equal opportunity")
    assert (opportunity.num_rates, opportunity.num_compared) == (2, 2)


def test_a_small_group_is_not_left_out_of_the_largest_difference() -> None:
    """8 of 18 against 96 % is the finding; over the groups of 20 rows it would be a small one."""
    test = two_classes(0)
    labels = np.where(np.arange(400) < 200, "light", "medium")
    dark = np.flatnonzero(test.targets == 1)[:18]
    labels[dark] = "dark"
    scores = test.scores.copy()
    scores[test.targets == 1] = (-5.0, 5.0)
    scores[dark[:10]] = (5.0, -5.0)
    rates = rates_of(BINARY, Predictions(test.ids, test.entities, test.targets, scores), labels)
    found = criterion_of(rates, "equal opportunity").largest
    assert found is not None
    assert (found.lowest, found.of_class) == ("dark", "malignant")
    assert found.difference == pytest.approx(10 / 18)
    said = untested_sentence([r for r in rates if r.metric == "recall"])
    assert said == " Too few rows to be tested: 'dark' (n = 18)."


def test_where_privacy_asks_for_it_a_small_cell_of_a_large_group_is_withheld_too() -> None:
    test = two_classes(0)
    labels = np.where(np.arange(400) < 200, "a", "b")
    targets = test.targets.copy()
    targets[np.flatnonzero((labels == "b") & (targets == 1))[5:]] = 0
    few = Predictions(test.ids, test.entities, targets, test.scores)
    rates = rates_of(BINARY, few, labels, privacy_size=20)
    (scarce,) = (
        r for r in rates if (r.metric, r.of_class, r.group) == ("recall", "malignant", "b")
    )
    assert (scarce.value, scarce.reason) == (None, "fewer than 20 rows")


def test_a_gap_to_a_rest_that_is_too_small_is_not_given() -> None:
    test = two_classes(0)
    labels = np.where(np.arange(400) < 200, "a", "b")
    targets = np.where((labels == "b") & (np.arange(400) >= 205), 0, test.targets)
    rates = rates_of(BINARY, Predictions(test.ids, test.entities, targets, test.scores), labels)
    rate = next(r for r in rates if (r.metric, r.of_class, r.group) == ("recall", "malignant", "a"))
    assert rate.value is not None
    assert rate.gap is None


def test_suppressed_groups_have_no_rates_nor_their_denominators() -> None:
    labels = sites(400, 0)
    labels[labels == "c"] = "b"
    labels[:5], labels[10:30] = (
        "c",
        "d",
    )  # d is withheld, because c would be the total minus the others
    assert {rate.group for rate in rates_of(BINARY, two_classes(0), labels, privacy_size=20)} == {
        "a",
        "b",
    }


def test_unknown_rows_take_no_part() -> None:
    test = two_classes(0)
    labels = sites(400, 0).astype(object)
    labels[:50] = UNKNOWN
    known = np.flatnonzero(labels != UNKNOWN)
    everyone, without = (
        rates_of(BINARY, test, labels.astype(str)),
        rates_of(BINARY, test.take(known), labels[known].astype(str)),
    )
    for metric in ("recall", "selection_rate"):
        assert values(everyone, metric, "malignant") == pytest.approx(
            values(without, metric, "malignant"), abs=1e-12
        )


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
