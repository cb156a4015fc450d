from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.contract import Perturbation
from shared.evaluation.robustness.corruption_summary import summarise_corruptions
from shared.evaluation.robustness.perturbation_table import perturbation_table
from shared.statistics.bootstrap import Resampling
from shared.targets import Target
from shared.targets.predictions import Predictions
from tests.shared.as_json import as_json
from tests.shared.evaluation.predicted_run import CATEGORIES, HORIZON, classified, forecast

_RESAMPLING = Resampling(400, 0.95, (0,))
_KINDS = {
    "blur": "corruption",
    "dark": "corruption",
    "swap": "counterfactual",
    "strange": "ood",
}
_PERTURBATIONS = {
    name: Perturbation(
        kind,  # type: ignore[arg-type]
        "A change.",
        (1, 2),
        lambda rows, severity, generator: rows,
    )
    for name, kind in _KINDS.items()
}
_TEST = classified(0)


def _document(
    target: Target,
    clean: Predictions,
    perturbed: dict[tuple[str, int], Predictions],
) -> dict[str, Any]:
    entries, corruptions = perturbation_table(target, clean, perturbed, _PERTURBATIONS, _RESAMPLING)
    summary = summarise_corruptions(corruptions, _RESAMPLING.confidence)
    return {"perturbations": as_json(entries), "corruptions": as_json(summary)}


def _noisier(predictions: Predictions, amount: float, seed: int = 3) -> Predictions:
    noise = np.random.default_rng(seed).normal(scale=amount, size=predictions.scores.shape)
    return predictions.with_scores((predictions.scores + noise).astype(np.float32))


_PERTURBED = {
    ("blur", 1): _noisier(_TEST, 0.5),
    ("blur", 2): _noisier(_TEST, 2.0),
    ("dark", 1): _noisier(_TEST, 1.0),
    ("swap", 1): _noisier(_TEST, 9.0),
    ("strange", 1): _noisier(_TEST, 9.0),
}


def test_severities_are_averaged_within_corruptions_which_weigh_the_same() -> None:
    document = _document(CATEGORIES, _TEST, _PERTURBED)
    values = {
        (entry["perturbation"], entry["severity"]): entry["value"]
        for entry in document["perturbations"]
    }
    found = document["corruptions"]
    blur = (values["blur", 1] + values["blur", 2]) / 2
    assert found["num_corruptions"] == 2
    assert found["mean"]["value"] == pytest.approx((blur + values["dark", 1]) / 2)
    assert found["drop"]["value"] == pytest.approx(found["clean"]["value"] - found["mean"]["value"])
    assert found["relative"]["value"] == pytest.approx(
        found["mean"]["value"] / found["clean"]["value"]
    )
    assert [item["perturbation"] for item in found["by_perturbation"]] == ["blur", "dark"]
    assert found["by_perturbation"][0]["mean"]["value"] == pytest.approx(blur)
    assert [(item["severity"], item["num_corruptions"]) for item in found["by_severity"]] == [
        (1, 2),
        (2, 1),
    ]
    assert found["by_severity"][0]["mean"]["value"] == pytest.approx(
        (values["blur", 1] + values["dark", 1]) / 2
    )


def test_interval_of_the_mean_is_that_of_paired_resamples() -> None:
    # Twice the same corruption: its mean is as unsure as either, which resamples drawn apart would
    # not know.
    twice = {("blur", 1): _PERTURBED["dark", 1], ("dark", 1): _PERTURBED["dark", 1]}
    found = _document(CATEGORIES, _TEST, twice)
    (first, second), mean = found["perturbations"], found["corruptions"]
    for end in ("ci_low", "ci_high"):
        assert mean["mean"][end] == first[end] == second[end]
        assert mean["drop"][end] == first["drop"][end]


def test_a_clean_corruption_costs_nothing_and_keeps_all() -> None:
    found = _document(CATEGORIES, _TEST, {("blur", 1): _TEST})["corruptions"]
    assert (found["drop"]["value"], found["relative"]["value"]) == (0.0, 1.0)
    assert str(found["drop"]["value"]) == "0.0"


def test_errors_that_grow_are_a_positive_drop_of_forecasts() -> None:
    test = forecast(0)
    found = _document(HORIZON, test, {("blur", 1): _noisier(test, 3.0)})["corruptions"]
    assert found["drop"]["ci_low"] > 0.0
    assert found["relative"]["ci_low"] > 1.0


def test_a_ruined_forecast_does_not_outweigh_all_other_corruptions() -> None:
    test = forecast(0)
    perturbed = {("blur", 1): _noisier(test, 0.5), ("dark", 1): _noisier(test, 500.0)}
    found = _document(HORIZON, test, perturbed)
    ratios = [entry["value"] / entry["clean"]["value"] for entry in found["perturbations"]]
    assert found["corruptions"]["relative"]["value"] == pytest.approx(
        np.sqrt(ratios[0] * ratios[1])
    )
    assert found["corruptions"]["mean"]["value"] == pytest.approx(
        np.sqrt(ratios[0] * ratios[1]) * found["corruptions"]["clean"]["value"]
    )


def test_one_corruption_that_could_not_be_measured_leaves_no_mean() -> None:
    broken = _TEST.with_scores(np.full_like(_TEST.scores, np.nan))
    assert _document(CATEGORIES, _TEST, _PERTURBED | {("dark", 2): broken})["corruptions"] is None


def test_without_corruptions_there_is_no_mean() -> None:
    assert _document(CATEGORIES, _TEST, {("swap", 1): _TEST})["corruptions"] is None


def test_nothing_is_relative_to_a_model_that_is_never_right() -> None:
    wrong = _TEST.with_scores(-1e3 * np.eye(3, dtype=np.float32)[_TEST.targets])
    found = _document(CATEGORIES, wrong, {("blur", 1): _noisier(wrong, 0.5)})["corruptions"]
    assert (found["clean"]["value"], found["drop"]["value"]) == (0.0, 0.0)
    assert (found["relative"]["value"], found["relative"]["note"]) == (
        None,
        "undefined on these rows",
    )
