"""Checks `metrics` and `fairness`: what is measured, and for whom."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.run.artefacts.calibration_file import read_calibrated_predictions
from shared.targets import Categories, Target
from shared.targets.predictions import Predictions, Scores
from tests.contract.case import Case

__all__ = ["check_fairness", "check_metrics"]

_NOT_BEST_WHEN_PERFECT = {
    "coverage_error": (
        "quantiles that all equal the truth cover it always, not with the nominal share"
    )
}
_NOTICED = 0.65  # of some 50 rows of a smoke run; guessing gives 0.5, give or take 0.06
_FAIRNESS_COLUMNS = ("attribute", "group", "n", "metric", "value", "ci_low", "ci_high")


def check_metrics(case: Case) -> None:
    """Perfect scores reach the best value; no constant beats the baselines.

    `metrics.json` says what the predictions say.
    """
    run, target = case.run("evaluate"), case.splits.target
    predictions = read_calibrated_predictions(run, "test")
    document = run.read_json("metrics.json", maker="evaluate")
    _check_perfect_scores(target, predictions)
    _check_constants(target, predictions, document)
    _check_document(target, predictions, document)
    _check_perturbation_rows(case, document)


def _check_perfect_scores(target: Target, predictions: Predictions) -> None:
    perfect = target.metrics(predictions.with_scores(_perfect_scores(target, predictions)))
    for name, info in target.describe().items():
        if name not in _NOT_BEST_WHEN_PERFECT:
            assert abs(perfect[name] - info.optimum) < 1e-6, (
                f"perfect scores give {name} = {perfect[name]:.4g} instead of {info.optimum}"
            )


def _check_constants(target: Target, predictions: Predictions, document: dict[str, Any]) -> None:
    primary = document["primary_metric"]
    baselines = {name: values[primary] for name, values in document["baselines"].items()}
    assert baselines, "metrics.json names no baseline"
    sign = 1.0 if target.describe()[primary].better == "higher" else -1.0
    strongest = max(sign * value for value in baselines.values())
    for name, scores in _constant_scores(target, predictions).items():
        constant = target.metrics(predictions.with_scores(scores))[primary]
        assert sign * constant <= strongest + 1e-9, (
            f"{name} reaches {primary} = {constant:.4g}, better than all baselines {baselines}"
        )


def _check_document(target: Target, predictions: Predictions, document: dict[str, Any]) -> None:
    names = target.describe().keys()
    assert document["split"] == "test", (
        f"metrics.json must be about the test split, not {document['split']!r}"
    )
    assert document["n"] == len(predictions), (
        f"n is {document['n']}, but there are {len(predictions)} test predictions"
    )
    assert document["metrics"].keys() == names, (
        f"metrics.json has {sorted(document['metrics'])}, the target {sorted(names)}"
    )
    for name, value in target.metrics(predictions).items():
        _check_metric_entry(name, document["metrics"][name], value)
    for baseline, values in document["baselines"].items():
        assert values.keys() == names, (
            f"the baseline {baseline} lacks {sorted(names - values.keys())}"
        )


def check_fairness(case: Case) -> None:
    """Fixed columns; every group once; counts sum to n; values are those of the groups.

    One group for all gives the overall value.
    """
    run, target = case.run("fairness"), case.splits.target
    predictions = _observed(read_calibrated_predictions(run, "test"))
    errors = target.row_errors(predictions)
    table = run.read_table("fairness.parquet", maker="fairness")
    missing = [column for column in _FAIRNESS_COLUMNS if column not in table.columns]
    assert not missing, f"fairness.parquet lacks the columns {missing}"
    labels = _group_labels(case, predictions)
    alone = set(table["attribute"][table["family"] != "intersections"])
    assert alone == labels.keys(), (
        f"fairness.parquet is about {sorted(alone)}, not {sorted(labels)}"
    )
    metrics = run.read_json("fairness.json", maker="fairness")["metrics"]
    values = _error_values(table, metrics)
    for attribute, metric in itertools.product(labels, metrics):
        rows = values[(values["attribute"] == attribute) & (values["metric"] == metric)]
        _check_groups(rows, labels[attribute], errors[metric], about=f"{attribute}, {metric}")

    _check_one_group(case, {metric: errors[metric].mean() for metric in metrics})


def _check_one_group(case: Case, expected: dict[str, float]) -> None:
    """With everyone in one group, its value is the overall one.

    Args:
        case: The pipeline under test.
        expected: Metric -> its value over all rows.
    """
    merged = case.copy_of("fairness", "one-group")
    split = merged.read_table("splits/test.parquet", maker="data")
    merged.write_table(
        "splits/test.parquet", split[["id", "entity", "target"]].assign(**{"group:all": "everyone"})
    )
    case.call_stage("fairness", merged)
    table = merged.read_table("fairness.parquet", maker="fairness")
    overall = _error_values(table, list(expected))
    overall = overall[overall["attribute"] == "all"]
    assert sorted(overall["metric"]) == sorted(expected), (
        f"a single group must have one row per metric, received {sorted(overall['metric'])}"
    )
    for metric, value in zip(overall["metric"].tolist(), overall["value"].tolist(), strict=True):
        mean = expected[metric]
        assert np.isclose(value, mean, atol=1e-9), (
            f"one group for all gives {metric} = {value}, overall it is {mean}"
        )


def _error_values(table: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """The groups' own errors, one row each."""
    return table[
        (table["comparison"] == "value")
        & table["metric"].isin(metrics)
        & (table["family"] != "intersections")
    ]


def _group_labels(case: Case, predictions: Predictions) -> dict[str, NDArray[np.str_]]:
    """The group of each predicted row, by attribute."""
    position = {identifier: index for index, identifier in enumerate(case.splits.test.ids.tolist())}
    rows = case.splits.test.groups.iloc[
        [position[identifier] for identifier in predictions.ids.tolist()]
    ]
    return {
        str(attribute): rows[attribute].to_numpy().astype(np.str_) for attribute in rows.columns
    }


def _check_groups(
    rows: pd.DataFrame, labels: NDArray[np.str_], errors: NDArray[np.float64], about: str
) -> None:
    names, sizes = np.unique(labels, return_counts=True)
    counts = dict(zip(names.tolist(), sizes.tolist(), strict=True))
    found = dict(zip(rows["group"].tolist(), rows["n"].tolist(), strict=True))
    assert found == counts, f"{about}: the table counts {found}, the data {counts}"
    assert len(rows) == len(counts), f"{about}: a group stands in the table twice"
    for group, value in zip(rows["group"].tolist(), rows["value"].tolist(), strict=True):
        expected = errors[labels == group].mean()
        assert np.isnan(value) or np.isclose(value, expected, atol=1e-9), (
            f"{about}, {group}: {value} in the table, {expected} by its rows"
        )


def _perfect_scores(target: Target, predictions: Predictions) -> Scores:
    if isinstance(target, Categories):
        return np.asarray(100.0 * np.eye(len(target.names))[predictions.targets], dtype=np.float32)
    truth = np.nan_to_num(predictions.targets)[..., None]
    return np.repeat(truth, target.shape[-1], axis=-1)


def _constant_scores(target: Target, predictions: Predictions) -> dict[str, Scores]:
    if isinstance(target, Categories):
        num_classes = len(target.names)
        always = {
            f"always {name!r}": 100.0 * np.eye(num_classes)[index]
            for index, name in enumerate(target.names)
        }
        return {
            name: np.tile(row, (len(predictions), 1)).astype(np.float32)
            for name, row in always.items()
        }
    assert predictions.forecast is not None, "forecast predictions need their context"
    mean = predictions.forecast.location[:, None, :, None]
    return {"the training mean": np.broadcast_to(mean, (len(predictions), *target.shape))}


def _check_metric_entry(name: str, entry: dict[str, Any], expected: float) -> None:
    assert entry["value"] is not None, f"{name} has no value"
    value, low, high = entry["value"], entry["ci_low"], entry["ci_high"]
    assert np.isclose(value, expected, rtol=1e-6, atol=1e-9), (
        f"{name} is {value} in metrics.json, the predictions give {expected}"
    )
    assert low is None or low <= high, f"{name}: the interval [{low}, {high}] is inverted"
    for key in ("unit", "better", "describe", "baseline_name"):
        assert entry[key], f"{name}: {key} is missing"
    assert entry["baseline"] is not None, f"{name} has no baseline value"


def _check_perturbation_rows(case: Case, document: dict[str, Any]) -> None:
    perturbations = case.pipeline.perturbations(case.config)
    expected = {
        (name, severity)
        for name, perturbation in perturbations.items()
        for severity in perturbation.severities
    }
    ood = {(name, severity) for name, severity in expected if perturbations[name].kind == "ood"}
    found = {(row["perturbation"], row["severity"]) for row in document["perturbations"]}
    assert expected - ood <= found, (
        f"metrics.json lacks the perturbations {sorted(expected - ood - found)}"
    )
    assert not ood & found, (
        "metrics.json judges answers to out-of-distribution inputs, to which none is right:"
        f" {sorted(ood & found)}"
    )
    noticed = {(row["perturbation"], row["severity"]) for row in document["ood"]["perturbations"]}
    assert expected <= noticed, (
        f"metrics.json does not say whether {sorted(expected - noticed)} are noticed"
    )
    _check_ood_evaluation([row for row in document["ood"]["perturbations"] if row["kind"] == "ood"])


def _check_ood_evaluation(ood: list[dict[str, Any]]) -> None:
    """Foreign inputs are so strange that a detector which misses them all is none."""
    areas = {
        row["perturbation"]: next(iter(row["detectors"].values()))["auroc"]["value"]
        for row in ood
        if row["detectors"]
    }
    assert not areas or max(areas.values()) > _NOTICED, (
        f"out-of-distribution inputs pass unnoticed: AUROC {areas}"
    )


def _observed(predictions: Predictions) -> Predictions:
    if predictions.forecast is None:
        return predictions
    return predictions.take(np.flatnonzero(np.isfinite(predictions.targets).any(axis=(1, 2))))
