from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shared.contract import Examples
from shared.errors import UserError
from shared.explain.row_choice import choose_by_id, choose_by_rule
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import ForecastContext, Predictions

_CLASSES = Categories(names=("a", "b"))
_HORIZON = Horizon(steps=2, channels=("load",), unit="kW", step_seconds=3600, season_steps=2)
_IDS = np.array([f"row-{index}" for index in range(6)])
_TARGETS = np.array([0, 0, 1, 1, 0, 1])
_LOGITS = np.zeros((6, 2), np.float32)
_LOGITS[:, 1] = [-3.0, 4.0, 2.0, -1.0, 0.5, 0.1]
"""Rows 1, 3 and 4 are wrong, row 1 most confidently."""
_EXAMPLES = Examples(
    _IDS,
    _IDS,
    _TARGETS,
    pd.DataFrame({"sex": ["f", "f", "m", "m", "m", "f"]}),
    lambda indices: {"x": indices},
)
_PREDICTIONS = Predictions(_IDS, _IDS, _TARGETS, _LOGITS)


def _choose(rule: str, count: int = 8, target: Target = _CLASSES) -> list[int]:
    found = choose_by_rule(rule, _EXAMPLES, _PREDICTIONS, target, count=count, seed=0)
    return [int(place) for place in found]


def test_rows_are_found_by_id_in_the_order_of_asking() -> None:
    assert choose_by_id(_EXAMPLES, ["row-4", "row-1"]).tolist() == [4, 1]


def test_an_unknown_id_is_answered_with_those_alike() -> None:
    with pytest.raises(UserError, match=r"--ids rwo-4: .* it has 6, such as row-4"):
        choose_by_id(_EXAMPLES, ["rwo-4"])


def test_the_worst_have_the_least_probability_for_the_truth() -> None:
    assert _choose("worst", 3) == [1, 3, 4]


def test_confident_mistakes_are_wrong_and_most_confident_first() -> None:
    assert _choose("confident_mistakes") == [1, 3, 4]


def test_a_group_gives_its_rows_only() -> None:
    assert _choose("group:sex=m") == [2, 3, 4]
    assert len(_choose("group:sex=m", 2)) == 2


def test_random_rows_are_the_same_for_the_same_seed() -> None:
    assert _choose("random", 3) == _choose("random", 3)
    assert _choose("random") == list(range(6))


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("best", "expected worst, confident_mistakes, random or group:attribute=value"),
        ("group:age=3", "no attribute 'age', but: sex"),
        ("group:sex=x", "no test row is of this group. sex has: f, m"),
    ],
)
def test_what_finds_no_row_is_answered_with_what_would(rule: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        _choose(rule)


def test_a_model_without_mistakes_has_none_to_explain() -> None:
    right = _PREDICTIONS.with_scores(np.eye(2, dtype=np.float32)[_TARGETS])
    with pytest.raises(UserError, match="all 6 test rows are right"):
        choose_by_rule("confident_mistakes", _EXAMPLES, right, _CLASSES, count=2, seed=0)


def test_the_worst_forecast_is_furthest_off_in_units_of_its_series() -> None:
    scales = np.array([1.0, 100.0, 1.0, 1.0, 1.0, 1.0])[:, None]
    starts = np.full(6, np.datetime64("2024-01-01", "s"))
    ones = np.ones((6, 1))
    context = ForecastContext(starts, np.ones((6, 2, 1)), ones, scales, ones, ones)
    truth = np.zeros((6, 2, 1))
    truth[0] = np.nan
    scores = np.zeros((6, *_HORIZON.shape))
    scores[:, :, :, 0] = np.array([0.0, 50.0, 3.0, 1.0, 0.0, 0.0])[:, None, None]
    found = Predictions(_IDS, _IDS, truth, scores, context)
    worst = choose_by_rule("worst", _EXAMPLES, found, _HORIZON, count=6, seed=0)
    assert worst[:3].tolist() == [2, 3, 1]
    assert worst[-1] == 0
    with pytest.raises(UserError, match="forecasts decide for no class"):
        choose_by_rule("confident_mistakes", _EXAMPLES, found, _HORIZON, count=2, seed=0)
