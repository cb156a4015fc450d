from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    cohen_kappa_score,
    f1_score,
    log_loss,
    matthews_corrcoef,
    roc_auc_score,
)

from shared.errors import ContractError
from shared.targets import Categories
from shared.targets.predictions import Predictions

NAMES = ("ant", "bee", "cat", "dog")


def classified(
    seed: int, names: tuple[str, ...] = NAMES, n: int = 200
) -> tuple[Categories, Predictions]:
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, len(names), n)
    scores = generator.normal(size=(n, len(names)))
    scores[np.arange(n), targets] += 1.0
    ids = np.arange(n).astype(str)
    return Categories(names=names), Predictions(ids, ids, targets, scores.astype(np.float32))


def scored(targets: list[int], scores: list[list[float]]) -> Predictions:
    ids = np.arange(len(targets)).astype(str)
    return Predictions(
        ids, ids, np.array(targets, dtype=np.int64), np.array(scores, dtype=np.float32)
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("names", [NAMES, ("no", "yes")])
def test_every_category_metric_equals_scikit_learn(seed: int, names: tuple[str, ...]) -> None:
    target, predictions = classified(seed, names)
    truth, decided = predictions.targets, target.decide(predictions.scores)
    probabilities = target.probabilities(predictions.scores)
    one_score = probabilities[:, 1] if len(names) == 2 else probabilities
    expected = {
        "accuracy": accuracy_score(truth, decided),
        "balanced_accuracy": balanced_accuracy_score(truth, decided),
        "macro_f1": f1_score(truth, decided, average="macro"),
        "micro_f1": f1_score(truth, decided, average="micro"),
        "auc_macro": roc_auc_score(truth, one_score, multi_class="ovr", average="macro"),
        "pr_auc_macro": average_precision_score(
            np.eye(len(names))[truth] if len(names) > 2 else truth, one_score, average="macro"
        ),
        "mcc": matthews_corrcoef(truth, decided),
        "kappa": cohen_kappa_score(truth, decided),
        "log_loss": log_loss(truth, probabilities),
        "brier": brier_score_loss(
            truth, probabilities, scale_by_half=False, labels=list(range(len(names)))
        ),
    }
    values = target.metrics(predictions)
    assert {name: values[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    assert set(values) == {*expected, "ece"} == set(target.describe())


def test_classes_without_rows_do_not_count() -> None:
    target, predictions = classified(0)
    predictions = predictions.take(np.flatnonzero(predictions.targets < 2))
    decided = target.decide(predictions.scores)
    values = target.metrics(predictions)
    recalls = [(decided[predictions.targets == c] == c).mean() for c in (0, 1)]
    assert values["balanced_accuracy"] == pytest.approx(np.mean(recalls))
    assert values["macro_f1"] == pytest.approx(
        f1_score(predictions.targets, decided, average="macro")
    )
    probabilities = target.probabilities(predictions.scores)
    areas = [roc_auc_score(predictions.targets == c, probabilities[:, c]) for c in (0, 1)]
    assert values["auc_macro"] == pytest.approx(np.mean(areas))


def test_auc_is_undefined_with_one_class_only() -> None:
    target, predictions = classified(0)
    values = target.metrics(predictions.take(np.flatnonzero(predictions.targets == 2)))
    assert np.isnan([values.pop(name) for name in ("auc_macro", "pr_auc_macro")]).all()
    assert np.isfinite(list(values.values())).all()


def test_calibration_error_equals_the_one_computed_by_hand() -> None:
    # Confidences .8 (three of four right) and .6 (one of four right): (4 * .05 + 4 * .35) / 8.
    sure, unsure = [np.log(0.8), np.log(0.2)], [np.log(0.6), np.log(0.4)]
    predictions = scored([0, 0, 0, 1, 0, 1, 1, 1], [sure] * 4 + [unsure] * 4)
    assert Categories(names=("a", "b")).metrics(predictions)["ece"] == pytest.approx(0.2, abs=1e-7)


def test_calibration_error_of_a_constant_forecast_ignores_the_order_of_rows() -> None:
    predictions = scored([0] * 50 + [1] * 50, [[0.0, 0.0]] * 100)
    assert Categories(names=("a", "b")).metrics(predictions)["ece"] == 0.0


def test_calibration_error_bins_hold_equal_mass() -> None:
    from shared.targets.reliability import equal_mass_bins

    confidence = np.random.default_rng(0).beta(8, 1, 1500)
    assert np.bincount(equal_mass_bins(confidence), minlength=15).tolist() == [100] * 15


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_not_finite_give_no_metric_at_all(bad: float) -> None:
    target, predictions = classified(0)
    predictions.scores[3, 1] = bad
    assert all(np.isnan(value) for value in target.metrics(predictions).values())


def test_prior_always_says_the_training_shares() -> None:
    target, predictions = classified(0)
    prior = target.baselines({"ant": 1, "bee": 3}, predictions)["prior"]
    assert target.probabilities(prior.scores)[5] == pytest.approx([0.25, 0.75, 0.0, 0.0], abs=1e-6)
    assert np.isfinite(prior.scores).all()


@pytest.mark.parametrize("counts", [None, {}, {"ant": 0}])
def test_prior_needs_counts(counts: dict[str, int] | None) -> None:
    target, predictions = classified(0)
    with pytest.raises(ContractError, match="needs the training split's class counts"):
        target.baselines(counts, predictions)
