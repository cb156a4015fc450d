from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap

from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import (
    Interval,
    Measure,
    bca_estimate,
    distance_estimate,
    wilson_interval,
)
from shared.statistics.means import mean_statistic
from tests.shared.evaluation.predicted_run import CATEGORIES, classified


def mean_of(
    values: list[float] | np.ndarray,
    entities: list[int] | np.ndarray,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval | None:
    codes, num_entities = entity_codes(np.asarray(entities).astype(str))
    statistic = mean_statistic(
        [Measure("mean", num_entities)],
        np.asarray(values, dtype=float)[:, None],
        codes,
        num_entities,
    )
    return estimates([statistic], num_entities, Resampling(resamples, 0.95, (seed,)))[
        "mean"
    ].interval


@pytest.mark.parametrize(("errors", "trials"), [(0, 30), (3, 30), (30, 30), (171, 1000)])
def test_wilson_equals_scipy(errors: int, trials: int) -> None:
    expected = binomtest(errors, trials).proportion_ci(0.95, method="wilson")
    found = wilson_interval(errors / trials, trials, 0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_bca_agrees_with_scipy_where_entities_are_many() -> None:
    values = np.random.default_rng(0).exponential(size=400)
    expected = bootstrap(
        (values,), np.mean, n_resamples=5000, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    found = mean_of(values, np.arange(400), resamples=5000)
    width = expected.high - expected.low
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.05 * width)


def test_rows_of_one_entity_widen_the_interval_as_if_they_were_one_row() -> None:
    values = np.random.default_rng(0).normal(10.0, 1.0, 50)
    once = mean_of(values, np.arange(50))
    repeated = mean_of(np.repeat(values, 20), np.repeat(np.arange(50), 20))
    assert once is not None
    assert repeated is not None
    assert (repeated.low, repeated.high) == pytest.approx((once.low, once.high), rel=1e-9)


def test_one_entity_has_no_interval_and_says_so() -> None:
    statistic = mean_statistic(
        [Measure("mean", 1)], np.array([[1.0], [2.0]]), np.zeros(2, dtype=np.int64), 1
    )
    estimate = estimates([statistic], 1, Resampling(100, 0.95, (0,)))["mean"]
    assert estimate.value == 1.5
    assert estimate.interval is None
    assert estimate.note == "no interval: all rows belong to one entity"


def test_few_entities_get_students_interval_within_bounds_and_a_warning() -> None:
    values, codes = np.array([[0.9], [1.0], [0.8]]), np.arange(3)
    statistic = mean_statistic([Measure("mean", 3, 0.0, 1.0)], values, codes, 3)
    estimate = estimates([statistic], 3, Resampling(20_000, 0.95, (0,)))["mean"]
    half = (
        4.302653 * 0.1 / math.sqrt(3)
    )  # Student's t with 2 degrees of freedom, standard error of the mean
    assert estimate.interval is not None
    assert estimate.interval.low == pytest.approx(0.9 - half, abs=0.01)
    assert estimate.interval.high == 1.0
    assert estimate.note == "only 3 entities bear on it, so the interval is rough"


def test_no_error_in_any_entity_does_not_prove_perfection() -> None:
    measure = Measure("accuracy", 50, 0.0, 1.0)
    estimate = bca_estimate(measure, 1.0, np.ones(100), np.ones(50), 0.95)
    assert estimate.interval == wilson_interval(1.0, 50, 0.95)
    assert estimate.interval.low == pytest.approx(0.9287, abs=1e-4)


def test_resamples_that_all_agree_give_no_interval() -> None:
    estimate = bca_estimate(Measure("loss", 50), 0.7, np.full(100, 0.7), np.full(50, 0.7), 0.95)
    assert estimate.interval is None
    assert estimate.note == "no interval: all resamples agree"


@pytest.mark.parametrize(("value", "draws", "note"), [
    (np.nan, np.ones(100), "undefined on these rows"),
    (1.0, np.full(100, np.nan), "no interval: most resamples leave it undefined"),
])  # fmt: skip
def test_what_is_undefined_is_said_in_words(value: float, draws: np.ndarray, note: str) -> None:
    estimate = bca_estimate(Measure("auc", 50), value, draws, draws, 0.95)
    assert (estimate.interval, estimate.note) == (None, note)


def test_interval_includes_its_value_even_if_all_draws_lie_above() -> None:
    draws = np.random.default_rng(0).uniform(2.0, 3.0, 500)
    interval = bca_estimate(Measure("biased", 50), 1.0, draws, draws[:50], 0.95).interval
    assert interval is not None
    assert interval.low == 1.0
    assert interval.high >= 2.0


def test_distance_of_a_perfect_forecaster_is_compatible_with_zero() -> None:
    generator = np.random.default_rng(0)
    parts = generator.normal(0.0, 0.01, 15)
    draws = parts[:, None] + generator.normal(0.0, 0.01, (15, 1000))
    estimate = distance_estimate(Measure("ece", 300, 0.0, 1.0), parts, draws, 0.95)
    assert estimate.value is not None and estimate.interval is not None
    # No quantile of the draws would admit the value.
    assert np.quantile(np.abs(draws).sum(axis=0), 0.025) > estimate.value
    assert estimate.interval.low == 0.0
    assert estimate.interval.high > estimate.value


def test_intervals_cover_the_truth_about_as_often_as_promised() -> None:
    truth = CATEGORIES.metrics(classified(99, num_entities=20_000, rows_each=5))
    from shared.statistics.category_statistics import category_statistics

    covered = dict.fromkeys(truth, 0)
    for seed in range(100):
        predictions = classified(seed, num_entities=30, rows_each=4)
        codes, num_entities = entity_codes(predictions.entities)
        statistics = category_statistics(CATEGORIES, predictions, codes, num_entities)
        found = estimates(statistics, num_entities, Resampling(200, 0.95, (seed,)))
        for name in covered:
            interval = found[name].interval
            assert interval is not None
            covered[name] += interval.low <= truth[name] <= interval.high
    # 95 of 100 are expected; binomial noise has a standard deviation of 2.2. A distance is
    # conservative by construction.
    assert all(88 <= count <= 100 for count in covered.values()), covered
