from __future__ import annotations

import numpy as np
import pytest

from benchmarks.coverage_of_shares import simulate
from shared.datasheet.shares import describe_share
from shared.statistics.bootstrap import Resampling, draw
from shared.statistics.intervals import Measure, wilson_interval
from shared.statistics.means import mean_statistic
from shared.statistics.shares import (
    clustered_share,
    column_shares,
    effective_rows,
    most_of_none,
)


def _width(hits: np.ndarray, codes: np.ndarray) -> float:
    interval = clustered_share(hits, codes, 0.95).interval
    assert interval is not None
    return interval.high - interval.low


def test_with_one_row_an_entity_the_interval_is_wilsons() -> None:
    hits = (np.arange(50) < 12).astype(np.float64)
    found = clustered_share(hits, np.arange(50), 0.95)
    assert found.interval == wilson_interval(0.24, 50, 0.95)
    assert (found.value, found.n, found.num_entities) == (0.24, 50, 50)


def test_rows_of_an_entity_that_always_agree_count_once() -> None:
    of_entities = (np.arange(400) < 100).astype(np.float64)
    clustered = clustered_share(np.repeat(of_entities, 10), np.repeat(np.arange(400), 10), 0.95)
    alone = wilson_interval(0.25, 400, 0.95)
    assert clustered.ci_low == pytest.approx(alone.low, abs=1e-3)
    assert clustered.ci_high == pytest.approx(alone.high, abs=1e-3)


def test_entities_that_have_a_property_equally_often_count_with_all_their_rows() -> None:
    words = np.tile(np.arange(10) == 0, 16 * 5).astype(np.float64)  # a tenth is "zero"
    speakers = np.repeat(np.arange(16), 50)
    found = clustered_share(words, speakers, 0.95)
    rows = wilson_interval(0.1, 800, 0.95)
    assert found.ci_low == pytest.approx(rows.low, abs=0.004)
    assert found.ci_high == pytest.approx(rows.high, abs=0.004)


def test_spread_that_rounding_leaves_changes_nothing() -> None:
    codes = np.repeat(np.arange(12), 7)
    hits = np.tile(np.arange(7) < 3, 12).astype(np.float64)
    # 3/7 is no binary fraction, so that the deviations of an entity need not add up to 0.
    assert effective_rows(3 / 7, 1e-34, num_rows=84, num_entities=12) == 84
    assert _width(hits, codes) == pytest.approx(_width(hits[::-1], codes[::-1]), abs=1e-12)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_all_rows_agree_entities_count_instead_of_rows(share: float) -> None:
    assert effective_rows(share, 0.0, num_rows=200, num_entities=20) == 20
    assert _width(np.full(200, share), np.repeat(np.arange(20), 10)) > 0.15


def test_few_entities_are_less_sure_than_their_spread_says() -> None:
    hits = np.tile([1.0, 1.0, 0.0, 1.0, 0.0, 0.0], 4)
    codes = np.repeat(np.arange(3), 8)
    assert _width(hits, codes) > 1.5 * _width(hits, np.arange(24))


def test_the_variance_is_what_the_bootstrap_by_entity_tends_to() -> None:
    generator = np.random.default_rng(0)
    codes = np.repeat(np.arange(60), generator.integers(1, 9, 60))
    hits = (generator.random(len(codes)) < generator.beta(1.0, 2.0, 60)[codes]).astype(np.float64)
    statistic = mean_statistic([Measure("share", 60, 0.0, 1.0)], hits[:, None], codes, 60)
    drawn = draw([statistic], 60, Resampling(4000, 0.95, (0,)))[0].resampled[0]
    deviations = np.bincount(codes, weights=hits - hits.mean())
    variance = (deviations**2).sum() / len(codes) ** 2
    assert drawn.var() == pytest.approx(variance, rel=0.1)


def test_rows_that_do_not_count_are_left_out_with_their_entities() -> None:
    hits = np.array([1.0, 0.0, np.nan, 1.0])
    found = clustered_share(hits, np.array([0, 1, 2, 1]), 0.95)
    assert (found.n, found.num_entities) == (3, 2)
    assert found.value == pytest.approx(2 / 3)


@pytest.mark.parametrize(("rows", "note"), [
    (0, "undefined on these rows"),
    (5, "no interval: all rows belong to one entity"),
])  # fmt: skip
def test_fewer_than_two_entities_have_no_interval_and_say_why(rows: int, note: str) -> None:
    found = clustered_share(np.ones(rows), np.zeros(rows, dtype=np.int64), 0.95)
    assert (found.interval, found.note) == (None, note)


def test_columns_are_shares_of_their_own() -> None:
    columns = np.array([[1.0, np.nan], [0.0, 1.0], [1.0, 0.0], [1.0, np.nan]])
    found = column_shares(columns, np.array(["a", "b", "c", "d"]), 0.95)
    assert [(share.n, share.value) for share in found] == [(4, 0.75), (2, 0.5)]


def test_a_datasheet_gives_a_share_the_interval_that_fairness_gives_it() -> None:
    generator = np.random.default_rng(1)
    codes = np.repeat(np.arange(16), 40)
    for chosen in (np.tile(np.arange(40) % 10 == 0, 16), generator.random(640) < 0.1):
        of_data = describe_share(chosen, codes)
        of_fairness = clustered_share(chosen.astype(np.float64), codes, 0.95)
        assert (of_data.ci_low, of_data.ci_high) == (of_fairness.ci_low, of_fairness.ci_high)


def test_intervals_of_few_entities_hold_the_truth_as_often_as_they_say() -> None:
    coverage = simulate(5, draws=60)
    assert np.mean(coverage["t, rows (used)"]) > 0.95
    assert np.mean(coverage["z, rows"]) < np.mean(coverage["t, rows (used)"])


def test_what_was_never_seen_in_one_stratum_has_the_exact_bound_of_clopper_and_pearson() -> None:
    assert most_of_none([59], 0.95) == pytest.approx(1.0 - 0.05 ** (1 / 59))
    assert most_of_none([59], 0.95) < 0.05 < most_of_none([58], 0.95)  # the usual table


def test_strata_share_one_error_and_the_smallest_leave_most_open() -> None:
    alike = most_of_none([20, 20, 20], 0.95)
    assert alike == pytest.approx(most_of_none([60], 0.95))
    assert alike < most_of_none([5, 20, 35], 0.95) < most_of_none([5], 0.95)


def test_no_shares_that_could_be_have_a_larger_mean() -> None:
    counts = np.array([3, 10, 40])
    shares = np.random.default_rng(0).uniform(size=(200_000, 3)) ** 3
    can_be = (np.log1p(-shares) @ counts) >= np.log(0.05)
    largest = shares[can_be].mean(axis=1).max()
    assert (
        0.95 * most_of_none(counts.tolist(), 0.95) < largest <= most_of_none(counts.tolist(), 0.95)
    )
