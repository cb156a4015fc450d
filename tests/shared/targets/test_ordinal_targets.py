from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, mean_absolute_error

from shared.targets import Categories
from shared.targets.confusion import ordinal_metrics
from shared.targets.predictions import Predictions

GRADES = Categories(names=("none", "mild", "moderate", "severe"), ordered=True)
ORDINAL = {"quadratic_kappa", "class_distance", "ranked_probability_score"}


def graded(seed: int, n: int = 300) -> Predictions:
    generator = np.random.default_rng(seed)
    targets = generator.choice(4, n, p=(0.5, 0.3, 0.15, 0.05))
    scores = -(
        (np.arange(4) - targets[:, None] - generator.normal(0.0, 0.8, (n, 1))) ** 2
    ) + generator.normal(0.0, 0.3, (n, 4))
    ids = np.arange(n).astype(str)
    return Predictions(ids, ids, targets, scores.astype(np.float32))


@pytest.mark.parametrize("seed", range(3))
def test_ordinal_metrics_equal_scikit_learn_and_the_closed_form(seed: int) -> None:
    predictions = graded(seed)
    values, decided = GRADES.metrics(predictions), GRADES.decide(predictions.scores)
    probabilities = GRADES.probabilities(predictions.scores)
    stated = np.stack([probabilities[:, : k + 1].sum(axis=1) for k in range(3)], axis=1)
    reached = np.stack([predictions.targets <= k for k in range(3)], axis=1)
    expected = {
        "quadratic_kappa": cohen_kappa_score(predictions.targets, decided, weights="quadratic"),
        "class_distance": mean_absolute_error(predictions.targets, decided),
        "ranked_probability_score": ((stated - reached) ** 2).sum(axis=1).mean(),
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected, rel=1e-12)


def test_far_misses_cost_more_than_near_ones() -> None:
    confusion = np.eye(4, dtype=np.int64) * 20
    near, far = confusion.copy(), confusion.copy()
    near[0, 1], far[0, 3] = 5, 5
    assert ordinal_metrics(near)["quadratic_kappa"] > ordinal_metrics(far)["quadratic_kappa"]
    assert (
        float(ordinal_metrics(near)["class_distance"]),
        float(ordinal_metrics(far)["class_distance"]),
    ) == (5 / 85, 15 / 85)


def test_ranked_probability_score_of_a_certain_forecast_is_its_distance() -> None:
    predictions = graded(0)
    certain = predictions.with_scores(predictions.scores * 1e4)
    errors = GRADES.row_errors(certain)
    assert errors["ranked_probability_score"] == pytest.approx(errors["class_distance"], abs=1e-9)


def test_decisions_that_never_vary_have_a_quadratic_kappa_of_zero() -> None:
    constant = np.zeros((4, 4), dtype=np.int64)
    constant[2, 2] = 9
    assert float(ordinal_metrics(constant)["quadratic_kappa"]) == 0.0


@pytest.mark.parametrize(
    "target", [Categories(names=GRADES.names), Categories(names=("no", "yes"), ordered=True)]
)
def test_classes_without_order_and_two_classes_have_no_ordinal_metric(target: Categories) -> None:
    predictions = graded(0)
    predictions = predictions.with_scores(predictions.scores[:, : len(target.names)])
    predictions = predictions.take(np.flatnonzero(predictions.targets < len(target.names)))
    assert not ORDINAL & set(target.describe())
    assert set(target.metrics(predictions)) == set(target.describe())
    assert set(target.baselines(dict.fromkeys(target.names, 1), predictions)) == {"prior"}


def test_median_baseline_is_the_constant_with_the_smallest_distance() -> None:
    predictions = graded(0)
    counts = dict(zip(GRADES.names, np.bincount(predictions.targets).tolist(), strict=True))
    median = GRADES.baselines(counts, predictions)["median"]
    best = min(np.abs(predictions.targets - c).mean() for c in range(4))
    assert GRADES.metrics(median)["class_distance"] == pytest.approx(best)
    assert np.isfinite(GRADES.metrics(median)["log_loss"])


def test_order_is_recorded_and_absent_from_older_records_without_it() -> None:
    assert Categories.model_validate(GRADES.model_dump(mode="json")) == GRADES
    assert Categories.model_validate({"kind": "categories", "names": ["a", "b"]}).ordered is False
