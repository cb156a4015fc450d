from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.errors import DataError
from shared.evaluation.comparison import compare_runs
from shared.run.directory import RunDirectory
from shared.statistics.bootstrap import Resampling
from shared.targets.decision import Screening
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import classified, forecast, run_context
from tests.shared.uncalibrated import UNCALIBRATED

_RESAMPLING = Resampling(300, 0.95, (0,))


def _run(folder: Path, predictions: Predictions) -> RunDirectory:
    return run_context(folder, predictions).run


def test_better_run_is_named_whichever_comes_first(tmp_path: Path) -> None:
    test = classified(0)
    sharper = test.with_scores(test.scores + 2.0 * np.eye(3, dtype=np.float32)[test.targets])
    good, poor = _run(tmp_path / "good", sharper), _run(tmp_path / "poor", test)
    assert compare_runs(good, poor, _RESAMPLING)["metrics"]["accuracy"]["verdict"] == "first"
    assert compare_runs(poor, good, _RESAMPLING)["metrics"]["accuracy"]["verdict"] == "second"
    assert compare_runs(poor, good, _RESAMPLING)["metrics"]["log_loss"]["verdict"] == "second"


def test_classes_are_compared_by_their_areas_with_paired_intervals(tmp_path: Path) -> None:
    test = classified(0)
    spoilt = test.scores.copy()
    spoilt[:, 2] = np.random.default_rng(0).normal(
        size=len(test)
    )  # the other run has lost its sense for the last class
    comparison = compare_runs(
        _run(tmp_path / "a", test), _run(tmp_path / "b", test.with_scores(spoilt)), _RESAMPLING
    )
    assert [row["name"] for row in comparison["classes"]] == ["benign", "malignant", "other"]
    lost = comparison["classes"][2]
    for area in ("auc", "average_precision"):
        assert lost[area]["difference"]["value"] == pytest.approx(
            lost[area]["first"]["value"] - lost[area]["second"]["value"]
        )
        assert lost[area]["difference"]["ci_low"] > 0.0
    (macro,) = (
        found for found in comparison["paired_tests"]["tests"] if found["metric"] == "auc_macro"
    )
    assert macro["method"] == "DeLong by entity"
    assert macro["p_value"] < 0.01


def test_run_is_not_told_apart_from_itself(tmp_path: Path) -> None:
    run = _run(tmp_path, classified(0))
    comparison = compare_runs(run, run, _RESAMPLING)
    assert {entry["difference"]["value"] for entry in comparison["metrics"].values()} == {0.0}
    assert not {"first", "second"} & {entry["verdict"] for entry in comparison["metrics"].values()}


def test_run_without_an_error_is_equal_to_itself_in_every_metric(tmp_path: Path) -> None:
    test = classified(0)
    perfect = test.with_scores(5.0 * np.eye(3, dtype=np.float32)[test.targets])
    run = _run(tmp_path, perfect)
    comparison = compare_runs(run, run, _RESAMPLING)
    ends = {
        (each["difference"]["ci_low"], each["difference"]["ci_high"]) for each in _all(comparison)
    }
    assert ends == {(0.0, 0.0)}
    assert comparison["overall"]["verdict"] == "equal"


def _all(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    areas = [row[area] for row in comparison["classes"] for area in ("auc", "average_precision")]
    return [*comparison["metrics"].values(), *areas]


def test_no_run_is_better_where_one_metric_speaks_for_it_and_another_against(
    tmp_path: Path,
) -> None:
    test = classified(0)
    right = np.eye(3, dtype=np.float32)[test.targets]
    # One decides better, but with a certainty that its few errors do not bear out.
    scores = test.scores + 0.7 * right
    certain = _run(tmp_path / "certain", test.with_scores(100.0 * scores))
    careful = _run(tmp_path / "careful", test)
    comparison = compare_runs(certain, careful, _RESAMPLING)
    assert comparison["metrics"]["balanced_accuracy"]["verdict"] == "first"
    assert comparison["metrics"]["log_loss"]["verdict"] == "second"
    overall = comparison["overall"]
    assert overall["verdict"] == "mixed"
    assert "balanced_accuracy" in overall["for_first"]
    assert "log_loss" in overall["for_second"]


def test_run_is_better_where_the_primary_metric_says_so_and_none_against(tmp_path: Path) -> None:
    test = classified(0)
    sharper = test.with_scores(test.scores + 2.0 * np.eye(3, dtype=np.float32)[test.targets])
    good, poor = _run(tmp_path / "good", sharper), _run(tmp_path / "poor", test)
    assert compare_runs(good, poor, _RESAMPLING)["overall"]["verdict"] == "first"
    assert compare_runs(poor, good, _RESAMPLING)["overall"]["verdict"] == "second"


def test_rows_are_matched_by_id_not_by_place(tmp_path: Path) -> None:
    test = classified(0)
    shuffled = test.take(np.random.default_rng(0).permutation(len(test)))
    comparison = compare_runs(
        _run(tmp_path / "a", test), _run(tmp_path / "b", shuffled), _RESAMPLING
    )
    assert comparison["metrics"]["accuracy"]["difference"]["value"] == 0.0


def test_forecasts_are_compared_by_diebold_and_mariano(tmp_path: Path) -> None:
    comparison = compare_runs(
        _run(tmp_path / "a", forecast(0, noise=0.3)),
        _run(tmp_path / "b", forecast(0, noise=0.3)),
        _RESAMPLING,
    )
    assert {test["metric"] for test in comparison["paired_tests"]["tests"]} >= {
        "mse_standardised",
        "mae_standardised",
    }
    assert comparison["classes"] == []


def test_other_rows_are_refused_by_name(tmp_path: Path) -> None:
    first, second = (
        _run(tmp_path / "a", classified(0)),
        _run(tmp_path / "b", classified(0).take(np.arange(150))),
    )
    with pytest.raises(
        DataError,
        match=(
            r"differ, for example in the row 'id150'\. Compare runs on the same data, split and"
            r" seed"
        ),
    ):
        compare_runs(first, second, _RESAMPLING)


def test_other_truth_is_refused_by_name(tmp_path: Path) -> None:
    changed = classified(0)
    changed.targets[7] = (changed.targets[7] + 1) % 3
    with pytest.raises(DataError, match="The test row 'id7' has another truth"):
        compare_runs(
            _run(tmp_path / "a", classified(0)), _run(tmp_path / "b", changed), _RESAMPLING
        )


def test_other_targets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=(
            "predict different things: categories benign, malignant, other and horizon load, heat"
        ),
    ):
        compare_runs(
            _run(tmp_path / "a", classified(0)), _run(tmp_path / "b", forecast(0)), _RESAMPLING
        )


def test_each_run_decides_by_its_own_rule(tmp_path: Path) -> None:
    usual, screening = (_run(tmp_path / name, classified(0)) for name in ("usual", "screening"))
    rule = Screening(class_index=1, goal="sensitivity", requested=1.0, threshold=0.01)
    UNCALIBRATED.model_copy(update={"decision": rule}).write(screening)
    metrics = compare_runs(usual, screening, _RESAMPLING)["metrics"]
    assert metrics["accuracy"]["verdict"] == "first"
    assert metrics["log_loss"]["verdict"] == metrics["auc_macro"]["verdict"] == "equal"
