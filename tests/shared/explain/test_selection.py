from __future__ import annotations

import numpy as np
import pytest

from shared.explain.selection import select_examples
from shared.targets import Categories, Horizon
from shared.targets.predictions import ForecastContext, Predictions

_CLASSES = Categories(names=("a", "b", "c"))
_HORIZON = Horizon(steps=2, channels=("load",), unit="kW", step_seconds=3600, season_steps=2)


def _classified(num_rows: int, num_wrong: int) -> Predictions:
    targets = np.arange(num_rows) % 3
    decided = np.where(np.arange(num_rows) < num_wrong, (targets + 1) % 3, targets)
    ids = np.array([f"row-{index}" for index in range(num_rows)])
    return Predictions(ids, ids, targets, np.eye(3, dtype=np.float32)[decided])


def _forecasts(num_series: int, num_windows: int) -> Predictions:
    num_rows = num_series * num_windows
    start = np.datetime64("2024-01-01", "s") + np.tile(
        np.arange(num_windows) * 3600, num_series
    ).astype("timedelta64[s]")
    ones = np.ones((num_rows, 1), np.float32)
    entities = np.repeat([f"site-{index}" for index in range(num_series)], num_windows)
    context = ForecastContext(start, np.ones((num_rows, 2, 1), np.float32), ones, ones, ones, ones)
    ids = np.array([f"row-{index}" for index in range(num_rows)])
    scores = np.zeros((num_rows, *_HORIZON.shape), np.float32)
    return Predictions(ids, entities, np.zeros((num_rows, 2, 1), np.float32), scores, context)


def test_classes_take_turns_and_a_quarter_is_wrong() -> None:
    predictions = _classified(90, 30)
    chosen = predictions.take(select_examples(_CLASSES, predictions, 8, seed=0))
    assert (_CLASSES.decide(chosen.scores) != chosen.targets).sum() == 2
    assert np.bincount(chosen.targets).min() >= 2


def test_a_perfect_model_has_only_right_decisions_to_explain() -> None:
    assert len(select_examples(_CLASSES, _classified(30, 0), 8, seed=0)) == 8


def test_a_model_that_is_always_wrong_still_gets_all_its_examples() -> None:
    assert len(select_examples(_CLASSES, _classified(30, 30), 8, seed=0)) == 8


def test_the_same_seed_chooses_the_same_examples_and_another_seed_others() -> None:
    first, second, other = (
        select_examples(_CLASSES, _classified(90, 30), 8, seed=seed).tolist() for seed in (1, 1, 2)
    )
    assert first == second != other


@pytest.mark.parametrize("predictions", [_classified(3, 1), _forecasts(1, 3)])
def test_fewer_rows_than_asked_for_are_all_chosen(predictions: Predictions) -> None:
    target = _CLASSES if predictions.forecast is None else _HORIZON
    assert select_examples(target, predictions, 8, seed=0).tolist() == [0, 1, 2]


def test_forecasts_are_spread_over_series_and_time() -> None:
    predictions = _forecasts(4, 25)
    chosen = predictions.take(select_examples(_HORIZON, predictions, 8, seed=0))
    assert chosen.forecast is not None
    assert np.unique(chosen.entities, return_counts=True)[1].tolist() == [2, 2, 2, 2]
    assert len(np.unique(chosen.forecast.starts)) >= 2


@pytest.mark.parametrize("num_examples", range(1, 12))
def test_exactly_as_many_forecasts_as_asked_for_are_chosen(num_examples: int) -> None:
    assert (
        len(set(select_examples(_HORIZON, _forecasts(1, 11), num_examples, seed=0).tolist()))
        == num_examples
    )
