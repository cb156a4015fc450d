"""What is said of A - B is what is said of B - A with the opposite sign; of equals, nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.evaluation.measure import metric_statistics
from shared.evaluation.paired_tests import paired_tests
from shared.statistics.areas import area_difference, difference_estimate
from shared.statistics.bootstrap import Resampling, difference_estimates, draw, entity_codes
from shared.statistics.class_ranking import class_areas
from shared.statistics.intervals import Estimate, Interval, Measure, bca_estimate
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, GRADES, HORIZON, classified, forecast

_RESAMPLING = Resampling(60, 0.95, (0,))
_CONSTANT = "constant"


@st.composite
def _pairs(draw_one: Any) -> tuple[Target, Predictions, Predictions]:
    """Two models of the same rows, among them perfect, constant and equal ones."""
    target = draw_one(st.sampled_from([CATEGORIES, GRADES, HORIZON]))
    seed = draw_one(st.integers(0, 99))
    entities = draw_one(st.sampled_from([1, 2, 5, 12]))
    make = forecast if isinstance(target, Horizon) else classified
    truth = make(seed, num_entities=entities)
    sides = [_model(truth, draw_one(st.sampled_from(_KINDS)), seed + side) for side in (1, 2)]
    return target, sides[0], sides[1]


_KINDS = ("as made", "noisy", "perfect", "other perfect", "constant")


def _model(rows: Predictions, kind: str, seed: int) -> Predictions:
    generator = np.random.default_rng(seed)
    if kind == "as made":
        return rows
    if kind == "noisy":
        noise = generator.normal(0.0, 0.5, rows.scores.shape).astype(np.float32)
        return rows.with_scores(rows.scores + noise)
    if kind == _CONSTANT:
        return rows.with_scores(np.zeros_like(rows.scores) + rows.scores[:1])
    sharpness = np.float32(5.0 if kind == "perfect" else 9.0)
    if rows.forecast is None:
        return rows.with_scores(sharpness * np.eye(3, dtype=np.float32)[rows.targets])
    known = np.nan_to_num(rows.targets, nan=10.0)[..., None]
    spread = np.array([0.0, -1.0, 0.0, 1.0], np.float32) * sharpness
    return rows.with_scores((known + spread).astype(np.float32))


def _differences(
    target: Target, first: Predictions, second: Predictions, *, same: bool
) -> dict[str, Estimate]:
    codes, num_entities = entity_codes(first.entities)
    sides = [metric_statistics(target, each, codes, num_entities) for each in (first, second)]
    drawn = [draw(side, num_entities, _RESAMPLING) for side in sides]
    found: dict[str, Estimate] = {}
    for i, statistic in enumerate(sides[0]):
        choice = {measure.name: "second" for measure in statistic.measures}
        found |= difference_estimates(
            statistic,
            drawn[0][i],
            {"second": drawn[1][i]},
            choice,
            0.95,
            same={"second"} if same else (),
        )
    if isinstance(target, Categories):
        areas = [class_areas(target, each) for each in (first, second)]
        found |= {
            f"auc:{c}": difference_estimate(area_difference(area, areas[1][c]), 0.95)
            for c, area in areas[0].items()
        }
    return found


@settings(max_examples=40, deadline=None)
@given(_pairs())
def test_every_difference_is_mirrored_exactly(
    pair: tuple[Target, Predictions, Predictions],
) -> None:
    target, first, second = pair
    forth = _differences(target, first, second, same=False)
    back = _differences(target, second, first, same=False)
    assert forth.keys() >= target.describe().keys()
    assert {name: estimate.mirrored for name, estimate in back.items()} == forth
    equal = {name: each for name, each in forth.items() if each.value == 0.0 and each.interval}
    assert all(each.ci_low <= 0.0 <= each.ci_high for each in equal.values())  # type: ignore[operator]


@settings(max_examples=25, deadline=None)
@given(_pairs())
def test_every_paired_test_is_mirrored_exactly(
    pair: tuple[Target, Predictions, Predictions],
) -> None:
    target, first, second = pair
    choice = dict.fromkeys(target.describe(), "second")
    forth, back = (
        paired_tests(target, ours, {"second": theirs}, choice, (0,), target_of_others=target).tests
        for ours, theirs in ((first, second), (second, first))
    )
    for one, other in zip(forth, back, strict=True):
        assert (one.p_value, one.p_adjusted) == (other.p_value, other.p_adjusted)
        assert (one.difference is None) == (other.difference is None)
        assert (one.difference or 0.0) == -(other.difference or 0.0)


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("target", [CATEGORIES, GRADES, HORIZON], ids=["classes", "grades", "load"])
def test_equal_predictions_differ_by_zero_in_every_metric_and_test(
    target: Target, kind: str
) -> None:
    rows = forecast(0) if isinstance(target, Horizon) else classified(0)
    model = _model(rows, kind, 0)
    differences = _differences(target, model, replace(model), same=True)
    metrics = {name: each for name, each in differences.items() if name in target.describe()}
    known = {name: each for name, each in metrics.items() if each.value is not None}
    assert {each.interval for each in known.values()} == {Interval(0.0, 0.0)}
    choice = dict.fromkeys(target.describe(), "second")
    for test in paired_tests(
        target, model, {"second": model}, choice, (0,), target_of_others=target
    ).tests:
        assert test.difference in (0.0, None)
        assert test.p_value in (1.0, None)


def test_two_models_without_an_error_are_equally_unsure_in_both_directions() -> None:
    perfect, other = (_model(classified(0), kind, 0) for kind in ("perfect", "other perfect"))
    accuracy = _differences(CATEGORIES, perfect, other, same=False)["accuracy"]
    assert accuracy.value == 0.0
    assert accuracy.ci_low == -(accuracy.ci_high or 0.0) != 0.0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([-0.5, -0.1, 0.0, 0.1, 0.2, float("nan")]), min_size=4, max_size=40),
    st.integers(2, 30),
)
def test_interval_of_the_opposite_is_the_opposite_interval(draws: list[float], k: int) -> None:
    """Gaps of groups, losses under perturbation and effects of mitigations all end here."""
    values = np.array(draws)
    measure = Measure("gap", k, -1.0, 2.0)
    opposite = Measure("gap", k, -2.0, 1.0)
    found = bca_estimate(measure, 0.1, values, values[:3], 0.95)
    assert bca_estimate(opposite, -0.1, -values, -values[:3], 0.95).mirrored == found
