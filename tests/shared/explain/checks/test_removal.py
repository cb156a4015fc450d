from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.contract import Rows
from shared.explain.checks.removal import (
    Importance,
    Removal,
    additivity_error,
    area,
    closeness,
    removal,
    removal_orders,
)
from tests.shared.explain.games import Game, masked_score

_WEIGHTS = np.array([0.0, 3.0, 0.1, 0.0, 2.0, -0.5, 0.0, 0.2])
_NAIVE = {"first": -np.arange(8.0)}


def _as_they_are(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return scores


def _linear(keep: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(keep @ _WEIGHTS)


def _removal(
    values: NDArray[np.float64],
    game: Game = _linear,
    mask: Callable[[NDArray[np.bool_]], Rows] | None = None,
    seed: int = 0,
) -> Removal:
    score = masked_score(game, len(values), mask=mask)
    naive = (
        {name: order[: len(values)] for name, order in _NAIVE.items()} if len(values) == 8 else {}
    )
    orders = removal_orders(Importance.for_class(values), naive, seed=seed)
    found = removal(score, orders, _as_they_are)
    assert found is not None
    return found


def test_additivity_error_is_relative_to_what_is_explained() -> None:
    assert additivity_error(np.array([1e-4, 2e-4]), all_kept=4e-4, none_kept=0.0) == pytest.approx(
        0.25
    )


def test_where_the_score_does_not_change_no_error_is_relative_to_it() -> None:
    assert additivity_error(np.zeros(3), all_kept=1.5, none_kept=1.5) is None
    assert additivity_error(np.ones(3), all_kept=1.5, none_kept=1.5 + 1e-12) is None


def test_true_attributions_fall_and_rise_faster_than_random_and_naive_order() -> None:
    found = _removal(_WEIGHTS)
    for theirs in (found.deletion.random, found.deletion.naive["first"]):
        assert area(found.deletion.informed) < area(theirs) - 0.2
    for theirs in (found.insertion.random, found.insertion.naive["first"]):
        assert area(found.insertion.informed) > area(theirs) + 0.2
    assert found.deletion.informed[[0, -1]].tolist() == pytest.approx([_WEIGHTS.sum(), 0.0])
    assert found.insertion.informed[[0, -1]].tolist() == pytest.approx([0.0, _WEIGHTS.sum()])


def test_attributions_that_are_the_naive_order_do_not_beat_it() -> None:
    found = _removal(_NAIVE["first"])
    assert found.deletion.informed.tolist() == found.deletion.naive["first"].tolist()
    assert found.insertion.informed.tolist() == found.insertion.naive["first"].tolist()


def test_attributions_in_the_wrong_order_are_worse_than_random() -> None:
    found = _removal(-_WEIGHTS)
    assert area(found.deletion.informed) > area(found.deletion.random)
    assert area(found.insertion.informed) < area(found.insertion.random)


def test_closeness_counts_what_raises_and_what_lowers() -> None:
    assert closeness(np.array([10.0, 12.0, 8.0, 9.0]), 10.0) == pytest.approx([1.0, 0.0, 0.0, 0.5])


def test_where_nothing_moves_a_forecast_there_is_nothing_to_compare() -> None:
    assert closeness(np.full(4, 7.0), 7.0) is None
    score = masked_score(lambda keep: np.full(len(keep), 7.0), 8)
    orders = removal_orders(Importance.for_class(_WEIGHTS), {}, seed=0)
    assert removal(score, orders, lambda scores: closeness(scores, 7.0)) is None


def test_closeness_stays_within_one_however_small_the_attributions() -> None:
    tiny = np.full(8, 1e-12)
    whole = float(_WEIGHTS.sum())
    score = masked_score(_linear, 8)
    orders = removal_orders(Importance.for_class(tiny), {}, seed=0)
    found = removal(score, orders, lambda scores: closeness(scores, whole))
    assert found is not None
    curves = (found.deletion, found.insertion)
    answers = np.concatenate([part for one in curves for part in (one.informed, one.random)])
    assert answers.min() >= 0.0 and answers.max() <= 1.0


def test_a_mask_that_removes_other_segments_than_asked_is_no_better_than_random() -> None:
    saboteur = _removal(
        _WEIGHTS, mask=lambda keep: {"keep": np.roll(keep, 3, axis=1).astype(np.float64)}
    )
    lost = float(_WEIGHTS.sum())
    assert area(saboteur.deletion.informed) > area(saboteur.deletion.random) - 0.02 * lost


def test_many_segments_are_removed_in_twelve_steps() -> None:
    found = _removal(np.ones(200), lambda keep: np.asarray(keep.mean(axis=1)))
    assert len(found.share) == 13
    assert area(found.deletion.informed) == pytest.approx(0.5, abs=0.01)


def test_removal_is_deterministic() -> None:
    first, second = (
        _removal(_WEIGHTS, lambda keep: np.tanh(keep @ _WEIGHTS), seed=4) for _ in range(2)
    )
    assert first.deletion.random.tobytes() == second.deletion.random.tobytes()


def test_no_segments_change_nothing() -> None:
    found = _removal(np.zeros(0), lambda keep: np.asarray(keep.sum(axis=1)))
    assert area(found.deletion.informed) == area(found.deletion.random) == 0.0


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_forecast_that_is_pushed_both_ways_falls_and_comes_back_faster(sign: float) -> None:
    weights = sign * np.array([6.0, -6.0, 0.1, 5.0, 0.2, -4.0, 0.0, 0.1])
    score = masked_score(lambda keep: keep @ weights, 8)
    whole = float(weights.sum())
    orders = removal_orders(Importance.for_forecast(weights), {}, seed=0)
    found = removal(score, orders, lambda scores: closeness(scores, whole))
    assert found is not None
    assert area(found.deletion.informed) < area(found.deletion.random) - 0.1
    assert area(found.insertion.informed) > area(found.insertion.random) + 0.1
