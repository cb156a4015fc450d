from __future__ import annotations

import math

import numpy as np
import pytest

from shared.calibration.conformal import class_sets, conformal_quantile, set_thresholds
from tests.shared.calibration.made_up import CLASSES, overconfident


@pytest.mark.parametrize(
    ("n", "coverage", "rank"), [(9, 0.9, 9), (99, 0.9, 90), (19, 0.95, 19), (10, 0.5, 6)]
)
def test_quantile_is_the_rank_that_the_theorem_names(n: int, coverage: float, rank: int) -> None:
    scores = np.random.default_rng(0).permutation(np.arange(1.0, n + 1))
    assert conformal_quantile(scores, coverage) == rank


def test_too_few_rows_promise_nothing() -> None:
    assert conformal_quantile(np.arange(8.0), 0.9) == math.inf
    probabilities = np.array([[0.6, 0.4]] * 5)
    assert set_thresholds(
        probabilities, np.zeros(5, dtype=np.int64), 0.9, by_class=False
    ).tolist() == [0.0, 0.0]


def test_sets_of_an_overconfident_model_still_hold_the_truth_as_often_as_promised() -> None:
    shares = []
    for seed in range(40):
        val, test = overconfident(seed, 300), overconfident(1000 + seed, 300)
        thresholds = set_thresholds(
            CLASSES.probabilities(val.scores), val.targets, 0.9, by_class=False
        )
        sets = class_sets(
            CLASSES.probabilities(test.scores), thresholds, CLASSES.decide(test.scores)
        )
        shares.append(sets[np.arange(300), test.targets].mean())
    assert 0.89 <= float(np.mean(shares)) <= 0.93


def test_thresholds_by_class_keep_the_promise_within_the_rare_class() -> None:
    def rare(seed: int) -> tuple[np.ndarray, np.ndarray]:
        generator = np.random.default_rng(seed)
        targets = (generator.random(4000) < 0.05).astype(np.int64)
        second = np.clip(0.25 + 0.3 * targets + generator.normal(0, 0.2, 4000), 0.01, 0.99)
        return np.stack([1 - second, second], axis=1), targets

    (val, val_targets), (test, test_targets) = rare(0), rare(1)
    within = {}
    for by_class in (False, True):
        thresholds = set_thresholds(val, val_targets, 0.9, by_class=by_class)
        sets = class_sets(test, thresholds, test.argmax(axis=-1))
        within[by_class] = float(sets[test_targets == 1, 1].mean())
    assert within[False] < 0.8
    assert within[True] == pytest.approx(0.9, abs=0.05)


def test_the_decided_class_is_in_every_set() -> None:
    sets = class_sets(np.array([[0.4, 0.35, 0.25]]), np.array([0.9, 0.9, 0.9]), np.array([2]))
    assert sets.tolist() == [[False, False, True]]
