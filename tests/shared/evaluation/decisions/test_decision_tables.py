from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score

from shared.evaluation.decisions.calibration_tables import category_calibration, horizon_calibration
from shared.evaluation.decisions.decision_tables import (
    abstention_table,
    operating_point_table,
    set_table,
)
from shared.run.artefacts.calibration_file import CalibrationRecord, OperatingPoint, SetRule
from shared.statistics.bootstrap import Resampling
from shared.targets.calibration import Temperature, WidthFactors, calibrate
from tests.shared.as_json import as_json
from tests.shared.evaluation.predicted_run import CATEGORIES, HORIZON, classified, forecast
from tests.shared.uncalibrated import UNCALIBRATED

_TEST = classified(0)
_RESAMPLING = Resampling(200, 0.95, (0,))


def test_set_coverage_is_counted_over_all_rows_classes_and_sizes() -> None:
    table = as_json(
        set_table(
            CATEGORIES,
            _TEST,
            SetRule(coverage=0.9, by="all", thresholds=(0.2, 0.2, 0.2)),
            _RESAMPLING,
        )
    )
    probabilities = CATEGORIES.probabilities(_TEST.scores)
    holds = (probabilities[np.arange(len(_TEST)), _TEST.targets] >= 0.2) | (
        CATEGORIES.decide(_TEST.scores) == _TEST.targets
    )
    assert table["coverage"]["value"] == pytest.approx(holds.mean())
    assert table["coverage"]["ci_low"] < holds.mean() < table["coverage"]["ci_high"]
    assert [row["n"] for row in table["classes"]] == np.bincount(_TEST.targets).tolist()
    assert table["classes"][2]["value"] == pytest.approx(holds[_TEST.targets == 2].mean())
    assert sum(row["n"] for row in table["sizes"]) == len(_TEST)
    assert sum(row["n"] * row["size"] for row in table["sizes"]) / len(_TEST) == pytest.approx(
        table["mean_size"]["value"]
    )


def test_mean_size_of_sets_has_an_interval_over_all_rows_and_within_each_class() -> None:
    table = as_json(
        set_table(
            CATEGORIES,
            _TEST,
            SetRule(coverage=0.9, by="all", thresholds=(0.2, 0.2, 0.2)),
            _RESAMPLING,
        )
    )
    sizes = np.maximum((CATEGORIES.probabilities(_TEST.scores) >= 0.2).sum(axis=1), 1)
    for found, inside in [(table["mean_size"], sizes > 0)] + [
        (row["mean_size"], _TEST.targets == c) for c, row in enumerate(table["classes"])
    ]:
        assert found["value"] == pytest.approx(sizes[inside].mean())
        assert found["ci_low"] < found["value"] < found["ci_high"]


def test_abstention_curve_ends_at_the_error_share_of_all_rows_and_falls_where_confidence_knows() -> (
    None
):
    table = as_json(abstention_table(CATEGORIES, _TEST, UNCALIBRATED, _RESAMPLING))
    errors = CATEGORIES.row_errors(_TEST)["error"]
    assert table["curve"][-1]["coverage"] == 1.0
    assert table["curve"][-1]["value"] == pytest.approx(errors.mean())
    assert table["curve"][4]["value"] < errors.mean()
    assert table["best_area"]["value"] < table["area"]["value"] < errors.mean()
    assert table["area"]["ci_low"] < table["area"]["value"] < table["area"]["ci_high"]
    ranked = errors[np.argsort(-CATEGORIES.confidence(_TEST.scores), kind="stable")]
    risks = [ranked[: number + 1].mean() for number in range(len(ranked))]
    assert table["area"]["value"] == pytest.approx(np.mean(risks), abs=1e-12)


def test_confidence_that_ranks_all_errors_last_reaches_the_best_area() -> None:
    perfect = _TEST.with_scores(
        _TEST.scores
        * np.where(CATEGORIES.decide(_TEST.scores) == _TEST.targets, 50.0, 0.01)[:, None].astype(
            "f4"
        )
    )
    table = as_json(abstention_table(CATEGORIES, perfect, UNCALIBRATED, _RESAMPLING))
    assert table["area"]["value"] == pytest.approx(table["best_area"]["value"])


def test_abstention_threshold_is_measured_on_test() -> None:
    record = CalibrationRecord(
        n=9,
        num_entities=9,
        calibration=Temperature(temperature=1.0),
        max_error_share=0.1,
        abstain_below=0.8,
    )
    table = as_json(abstention_table(CATEGORIES, _TEST, record, _RESAMPLING))
    answered = CATEGORIES.confidence(_TEST.scores) >= 0.8
    assert table["answered"]["value"] == pytest.approx(answered.mean())
    assert table["error_share"]["n"] == int(answered.sum())
    assert table["error_share"]["value"] == pytest.approx(
        CATEGORIES.row_errors(_TEST)["error"][answered].mean()
    )
    wrong = CATEGORIES.row_errors(_TEST)["error"]
    for c, found in enumerate(table["classes"]):
        inside = answered & (_TEST.targets == c)
        assert (found["name"], found["n"]) == (CATEGORIES.names[c], int(inside.sum()))
        assert found["value"] == pytest.approx(wrong[inside].mean())


def test_operating_point_rates_are_those_of_scikit_learn() -> None:
    point = OperatingPoint(class_index=1, goal="sensitivity", requested=0.95, threshold=0.3)
    (row,) = as_json(operating_point_table(CATEGORIES, _TEST, (point,), None, 0.95))
    alarm, positive = CATEGORIES.probabilities(_TEST.scores)[:, 1] >= 0.3, _TEST.targets == 1
    assert row["class"] == "malignant"
    assert row["sensitivity"]["value"] == pytest.approx(recall_score(positive, alarm))
    assert row["specificity"]["value"] == pytest.approx(recall_score(~positive, ~alarm))
    assert row["positive_predictive_value"]["value"] == pytest.approx(
        precision_score(positive, alarm)
    )
    assert row["negative_predictive_value"]["value"] == pytest.approx(
        precision_score(~positive, ~alarm)
    )


def test_operating_point_without_a_threshold_states_no_rate() -> None:
    point = OperatingPoint(class_index=1, goal="sensitivity", requested=0.95, threshold=None)
    assert (
        as_json(operating_point_table(CATEGORIES, _TEST, (point,), None, 0.95))[0]["sensitivity"]
        is None
    )


def test_false_alarms_are_stated_as_a_share_and_an_hour_with_mirrored_intervals() -> None:
    point = OperatingPoint(class_index=1, goal="false alarms", requested=0.1, threshold=0.3)
    (row,) = as_json(operating_point_table(CATEGORIES, _TEST, (point,), 600.0, 0.95))
    alarm, positive = CATEGORIES.probabilities(_TEST.scores)[:, 1] >= 0.3, _TEST.targets == 1
    share, hourly = row["false_alarm_share"], row["false_alarms_per_hour"]
    assert share["value"] == pytest.approx(alarm[~positive].mean())
    assert share["n"] == int((~positive).sum())
    assert (share["ci_low"], share["ci_high"]) == pytest.approx(
        (1 - row["specificity"]["ci_high"], 1 - row["specificity"]["ci_low"])
    )
    ends = ("ci_low", "value", "ci_high")
    assert [hourly[end] for end in ends] == pytest.approx([600.0 * share[end] for end in ends])


@pytest.mark.parametrize(("goal", "requested", "verdict"), [
    ("sensitivity", 0.05, "met"),
    ("sensitivity", 0.999, "missed"),
    ("false alarms", 0.9, "met"),
    ("false alarms", 0.001, "missed"),
])  # fmt: skip
def test_what_was_requested_is_held_against_the_test_split(
    goal: str, requested: float, verdict: str
) -> None:
    point = OperatingPoint.model_validate(
        {"class_index": 1, "goal": goal, "requested": requested, "threshold": 0.3}
    )
    assert (
        as_json(operating_point_table(CATEGORIES, _TEST, (point,), None, 0.95))[0]["verdict"]
        == verdict
    )


def test_a_request_inside_the_interval_is_inconclusive() -> None:
    alarm, positive = CATEGORIES.probabilities(_TEST.scores)[:, 1] >= 0.3, _TEST.targets == 1
    point = OperatingPoint(
        class_index=1, goal="sensitivity", requested=float(alarm[positive].mean()), threshold=0.3
    )
    assert (
        as_json(operating_point_table(CATEGORIES, _TEST, (point,), None, 0.95))[0]["verdict"]
        == "inconclusive"
    )


def test_calibration_is_shown_before_and_after_on_the_same_rows() -> None:
    record = CalibrationRecord(n=9, num_entities=9, calibration=Temperature(temperature=0.25))
    sharpened = _TEST.with_scores(calibrate(record.calibration, _TEST.scores))
    table = as_json(category_calibration(CATEGORIES, _TEST, sharpened, record, _RESAMPLING))
    assert table["before"]["ece"]["value"] == pytest.approx(CATEGORIES.metrics(_TEST)["ece"])
    assert table["after"]["ece"]["value"] == pytest.approx(CATEGORIES.metrics(sharpened)["ece"])
    assert [row["n"] for row in table["classes"]] == np.bincount(_TEST.targets).tolist()


def test_coverage_of_forecasts_is_shown_before_and_after() -> None:
    raw = forecast(0)
    record = CalibrationRecord(
        n=9, num_entities=9, calibration=WidthFactors(factors=((3.0, 3.0),) * 4)
    )
    table = as_json(
        horizon_calibration(
            HORIZON,
            raw,
            raw.with_scores(calibrate(record.calibration, raw.scores)),
            record,
            _RESAMPLING,
        )
    )
    assert table["after"]["coverage"]["value"] > 0.95 > table["before"]["coverage"]["value"]
    assert table["nominal"] == pytest.approx(0.8)
