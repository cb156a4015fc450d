from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.calibration.ood import choose_ood_rule
from shared.targets.ood import energy
from shared.targets.predictions import Predictions
from tests.shared.calibration.made_up import CLASSES, overconfident
from tests.shared.evaluation.predicted_run import HORIZON, forecast


def _with_distances(predictions: Predictions, seed: int) -> Predictions:
    distances = np.random.default_rng(seed).chisquare(4, len(predictions))
    return replace(predictions, distances=distances.astype(np.float32))


def test_as_many_new_rows_pass_as_promised() -> None:
    passed = []
    for seed in range(200):
        rule = choose_ood_rule(CLASSES, _with_distances(overconfident(seed, 99), seed), 0.9)
        assert rule is not None
        passed.append(
            np.mean(np.random.default_rng(1000 + seed).chisquare(4, 500) <= rule.threshold)
        )
    assert np.mean(passed) == pytest.approx(0.9, abs=0.01)


def test_the_distance_is_deployed_where_there_is_one() -> None:
    val = _with_distances(overconfident(0, 100), 0)
    rule = choose_ood_rule(CLASSES, val, 0.95)
    assert rule is not None
    assert val.distances is not None
    assert (rule.score, rule.n) == ("distance", 100)
    assert rule.threshold == np.sort(val.distances)[95]  # the 96th of 100: ceil(101 * 0.95)


def test_without_features_the_energy_is_deployed() -> None:
    val = overconfident(0, 100)
    rule = choose_ood_rule(CLASSES, val, 0.95)
    assert rule is not None
    assert (rule.score, rule.threshold) == ("energy", np.sort(energy(val.scores))[95])


def test_with_too_few_rows_for_the_promise_the_strangest_of_them_is_the_threshold() -> None:
    val = _with_distances(overconfident(0, 5), 0)
    rule = choose_ood_rule(CLASSES, val, 0.95)
    assert rule is not None
    assert val.distances is not None
    assert rule.threshold == val.distances.max()


def test_a_forecast_without_features_has_no_rule() -> None:
    assert choose_ood_rule(HORIZON, forecast(0), 0.95) is None


def test_scores_that_are_not_finite_give_no_rule() -> None:
    val = overconfident(0, 10)
    assert (
        choose_ood_rule(CLASSES, replace(val, distances=np.full(10, np.nan, np.float32)), 0.95)
        is None
    )
