from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from shared.contract import Perturbation
from shared.evaluation.robustness.ood import OodEvaluation, passed_share
from shared.statistics.bootstrap import Resampling
from shared.targets.ood import OodRule
from shared.targets.predictions import Predictions
from tests.shared.as_json import as_json
from tests.shared.calibration.made_up import CLASSES, overconfident
from tests.shared.evaluation.predicted_run import HORIZON, forecast

_RESAMPLING = Resampling(200, 0.95, (0,))
_RULE = OodRule(score="distance", in_distribution_share=0.95, threshold=2.0, n=100)


def _rows(seed: int, scale: float = 1.0, n: int = 400) -> Predictions:
    """Rows whose features are `scale` times as far as usual."""
    rows = overconfident(0, n, rows_each=4)
    return replace(
        rows,
        distances=(scale * np.random.default_rng(seed).chisquare(20, n) / 20).astype(np.float32),
    )


def _perturbation(kind: str) -> Perturbation:
    return Perturbation(kind, "A change.", (1,), lambda rows, severity, generator: rows)  # type: ignore[arg-type]


_CLEAN, _ALL = _rows(0), np.full(400, fill_value=True)
_PERTURBATIONS = {"noise": _perturbation("corruption"), "other": _perturbation("ood")}


def test_each_detector_is_measured_against_the_same_rows_unchanged() -> None:
    changed = _rows(1, scale=1.5)
    changed = changed.with_scores(0.2 * changed.scores)
    (entry,) = as_json(
        OodEvaluation(CLASSES, _RULE, _CLEAN, _ALL, _RESAMPLING).table(
            {("noise", 1): changed}, _PERTURBATIONS
        )
    )["perturbations"]
    assert list(entry["detectors"]) == ["distance", "energy", "max_softmax"]
    assert (entry["kind"], entry["n"], entry["num_entities"]) == ("corruption", 400, 100)
    labels = np.repeat([0, 1], 400)
    assert _CLEAN.distances is not None
    assert changed.distances is not None
    distances = np.concatenate([_CLEAN.distances, changed.distances])
    uncertainties = 1.0 - CLASSES.confidence(np.concatenate([_CLEAN.scores, changed.scores]))
    for name, scores in (("distance", distances), ("max_softmax", uncertainties)):
        found = entry["detectors"][name]["auroc"]
        assert found["value"] == pytest.approx(roc_auc_score(labels, scores))
        assert 0.5 < found["ci_low"] < found["value"] < found["ci_high"]


def test_detectors_are_blind_to_rows_that_did_not_change() -> None:
    (entry,) = as_json(
        OodEvaluation(CLASSES, _RULE, _CLEAN, _ALL, _RESAMPLING).table(
            {("noise", 1): _CLEAN}, _PERTURBATIONS
        )
    )["perturbations"]
    assert [found["auroc"]["value"] for found in entry["detectors"].values()] == pytest.approx(
        [0.5] * 3
    )
    assert [
        found["fpr_at_95_tpr"]["value"] for found in entry["detectors"].values()
    ] == pytest.approx([0.95] * 3)


def test_a_detector_that_is_noise_notices_no_ood_input_and_a_seeing_one_notices_all() -> None:
    ood = _rows(1, scale=6.0)
    noise = replace(ood, distances=_rows(2).distances)
    ood_evaluation = OodEvaluation(CLASSES, _RULE, _CLEAN, _ALL, _RESAMPLING)
    document = as_json(
        ood_evaluation.table({("other", 1): ood, ("noise", 1): noise}, _PERTURBATIONS)
    )
    seeing, blind = (entry["detectors"]["distance"] for entry in document["perturbations"])
    assert seeing["auroc"]["value"] > 0.99
    assert seeing["fpr_at_95_tpr"]["value"] < 0.01
    assert blind["auroc"]["ci_low"] < 0.5 < blind["auroc"]["ci_high"]


def test_false_positive_rate_is_read_off_the_roc_curve() -> None:
    generator = np.random.default_rng(0)
    scores = np.concatenate([generator.normal(size=1000), generator.normal(1.5, 1.0, 1000)])
    is_changed = np.arange(2000) >= 1000
    found = passed_share(scores, is_changed, np.arange(2000), 2000)(np.ones((2000, 1)))[0]
    # As a detector of unchanged rows: those are the positives, changed ones that pass the false
    # positives.
    false_positives, true_positives, _ = roc_curve(~is_changed, -scores, drop_intermediate=False)
    assert found == pytest.approx(false_positives[np.flatnonzero(true_positives >= 0.95 - 1e-9)[0]])


def test_weighted_rows_count_as_often_as_their_weight() -> None:
    scores, is_changed = (
        np.array([1.0, 2.0, 3.0, 1.5, 2.5]),
        np.array([False, False, False, True, True]),
    )
    once = passed_share(scores, is_changed, np.arange(5), 5)
    weights = np.array([[30.0], [9.0], [1.0], [3.0], [1.0]])
    repeated = np.repeat(np.arange(5), weights[:, 0].astype(int))
    reference = passed_share(
        scores[repeated], is_changed[repeated], np.zeros(len(repeated), np.int64), 1
    )(np.ones((1, 1)))
    assert (
        once(weights)[0] == reference[0] == 0.75
    )  # 39 of 40 unchanged rows pass at 2, and three of four changed ones


def test_the_deployed_rule_says_how_many_it_flags() -> None:
    changed = _rows(1, scale=3.0)
    document = as_json(
        OodEvaluation(CLASSES, _RULE, _CLEAN, _ALL, _RESAMPLING).table(
            {("other", 1): changed}, _PERTURBATIONS
        )
    )
    assert changed.distances is not None
    assert document["rule"] == _RULE.model_dump()
    assert document["flagged"]["value"] < 0.1
    assert document["perturbations"][0]["flagged"]["value"] == pytest.approx(
        np.mean(changed.distances > 2.0)
    )
    assert document["perturbations"][0]["flagged"]["n"] == 400


def test_only_rows_that_test_the_deployed_model_judge_its_rule() -> None:
    by_deployed = np.arange(400) < 100
    document = as_json(
        OodEvaluation(CLASSES, _RULE, _CLEAN, by_deployed, _RESAMPLING).table(
            {("noise", 1): _CLEAN}, _PERTURBATIONS
        )
    )
    assert (document["flagged"]["n"], document["perturbations"][0]["flagged"]["n"]) == (100, 100)
    assert document["perturbations"][0]["n"] == 400


def test_without_a_rule_nothing_is_flagged_but_detectors_are_measured() -> None:
    bare = replace(_CLEAN, distances=None)
    document = as_json(
        OodEvaluation(CLASSES, None, bare, _ALL, _RESAMPLING).table(
            {("noise", 1): bare}, _PERTURBATIONS
        )
    )
    assert (document["rule"], document["flagged"], document["perturbations"][0]["flagged"]) == (
        None,
        None,
        None,
    )
    assert list(document["perturbations"][0]["detectors"]) == ["energy", "max_softmax"]


def test_forecasts_are_told_by_distance_and_by_the_width_of_their_intervals() -> None:
    clean = replace(forecast(0), distances=np.ones(72, np.float32))
    wider = clean.with_scores(clean.scores * np.array([1.0, 0.5, 1.0, 1.5], np.float32))
    ood_evaluation = OodEvaluation(HORIZON, None, clean, np.full(72, fill_value=True), _RESAMPLING)
    (entry,) = as_json(ood_evaluation.table({("noise", 1): wider}, _PERTURBATIONS))["perturbations"]
    assert list(entry["detectors"]) == ["distance", "interval_width"]
    assert entry["detectors"]["distance"]["auroc"]["value"] == 0.5
    assert entry["detectors"]["interval_width"]["auroc"]["value"] == 1.0


def test_scores_that_are_not_finite_are_answered_in_words() -> None:
    broken = _CLEAN.with_scores(np.full_like(_CLEAN.scores, np.nan))
    (entry,) = as_json(
        OodEvaluation(CLASSES, _RULE, _CLEAN, _ALL, _RESAMPLING).table(
            {("noise", 1): broken}, _PERTURBATIONS
        )
    )["perturbations"]
    assert entry["detectors"]["energy"]["auroc"] == {
        "value": None,
        "ci_low": None,
        "ci_high": None,
        "note": "The model gave scores that are not finite.",
    }
    assert entry["detectors"]["distance"]["auroc"]["value"] == pytest.approx(0.5)
