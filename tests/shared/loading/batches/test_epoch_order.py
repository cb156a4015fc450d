from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.errors import ContractError
from shared.loading.batches.epoch_order import DrawCounts, group_by_length, order_of_epoch

STRATA = np.array([0] * 6 + [1] * 3 + [2], dtype=np.int64)
DRAW_COUNTS = DrawCounts(STRATA, np.array([2, 7, 1]))


def order(draw_counts: DrawCounts | None, *, seed: int = 1, epoch: int = 0) -> NDArray[np.int64]:
    found: NDArray[np.int64] = order_of_epoch(
        10, seed, tf.constant(epoch, tf.int64), draw_counts
    ).numpy()
    return found


@pytest.mark.parametrize("epoch", range(5))
def test_each_stratum_is_shown_as_often_as_its_count_says(epoch: int) -> None:
    assert np.bincount(STRATA[order(DRAW_COUNTS, epoch=epoch)]).tolist() == [2, 7, 1]


def test_within_a_stratum_all_are_shown_equally_often_to_one() -> None:
    times = np.bincount(order(DRAW_COUNTS), minlength=10)
    assert sorted(times[STRATA == 1]) == [2, 2, 3]
    assert sorted(times[STRATA == 0]) == [0, 0, 0, 0, 1, 1]


def test_in_some_epoch_everybody_has_their_turn() -> None:
    assert set(
        np.concatenate([order(DRAW_COUNTS, epoch=epoch) for epoch in range(20)]).tolist()
    ) == set(range(10))


def test_the_order_follows_from_seed_and_epoch() -> None:
    assert np.array_equal(order(DRAW_COUNTS), order(DRAW_COUNTS))
    assert not np.array_equal(order(DRAW_COUNTS), order(DRAW_COUNTS, seed=2))
    assert not np.array_equal(order(DRAW_COUNTS), order(DRAW_COUNTS, epoch=1))


def test_strata_are_mixed_and_in_another_order_each_epoch() -> None:
    shown = [STRATA[order(DRAW_COUNTS, epoch=epoch)] for epoch in range(5)]
    assert any(np.any(np.diff(strata) < 0) for strata in shown)
    assert len({tuple(strata.tolist()) for strata in shown}) > 1


def test_without_draw_counts_each_example_is_shown_once() -> None:
    assert sorted(order(None)) == list(range(10))


@pytest.mark.parametrize(
    "shown",
    [[5, 5], [2, 7, 2], [2, 7, 0, 1]],
    ids=["stratum without count", "too many", "count of an empty stratum"],
)
def test_draw_counts_that_no_epoch_can_fill_are_refused(shown: list[int]) -> None:
    with pytest.raises(ContractError, match="Draw counts must add up"):
        DrawCounts(STRATA, np.array(shown))


LENGTHS = np.random.default_rng(0).integers(1, 60, 1003)


def grouped(*, seed: int = 1, epoch: int = 0) -> NDArray[np.int64]:
    at = tf.constant(epoch, tf.int64)
    whole = order_of_epoch(1003, seed, at)
    found: NDArray[np.int64] = group_by_length(
        whole, LENGTHS, batch_size=10, seed=seed, epoch=at
    ).numpy()
    return found


def test_a_batch_holds_rows_of_like_length() -> None:
    spreads = np.ptp(LENGTHS[grouped()].reshape(-1, 10), axis=1)
    assert np.median(spreads) <= 2
    shuffled = order_of_epoch(1003, 1, tf.constant(0, tf.int64)).numpy()[:1000]
    assert np.median(np.ptp(LENGTHS[shuffled].reshape(-1, 10), axis=1)) > 30


def test_each_row_is_shown_once_and_the_rest_is_a_random_one() -> None:
    left_out = [set(range(1003)) - set(grouped(epoch=epoch).tolist()) for epoch in range(20)]
    assert all(len(rest) == 3 for rest in left_out)
    assert len(set().union(*left_out)) > 30
    assert 20 < np.mean([LENGTHS[list(rest)].mean() for rest in left_out]) < 40


def test_batches_come_in_random_order_that_follows_from_seed_and_epoch() -> None:
    means = LENGTHS[grouped()].reshape(-1, 10).mean(axis=1)
    assert abs(np.corrcoef(means[1:], means[:-1])[0, 1]) < 0.3
    assert np.array_equal(grouped(), grouped())
    assert not np.array_equal(grouped(), grouped(seed=2))
    assert not np.array_equal(grouped(), grouped(epoch=1))
