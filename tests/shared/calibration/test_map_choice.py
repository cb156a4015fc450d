"""Scores as they are, unless a map is borne out by validation rows that it was not fitted to."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from shared.calibration.map_choice import MapChoice, choose_category_map, choose_width_map
from shared.targets import Categories
from shared.targets.calibration import Temperature, Uncalibrated, WidthFactors, calibrate
from shared.targets.predictions import Predictions
from tests.shared.calibration.made_up import CLASSES, overconfident
from tests.shared.evaluation.predicted_run import HORIZON, forecast

_METHODS = ("temperature", "vector", "isotonic")
_Method = Literal["temperature", "vector", "isotonic"]


def _all_right(n: int, sharpness: float) -> Predictions:
    targets = np.arange(n) % 3
    scores = sharpness * np.eye(3, dtype=np.float32)[targets]
    return replace(overconfident(0, n), targets=targets, scores=scores.astype(np.float32))


def _kinds(choice: MapChoice) -> list[str]:
    return [note.kind for note in choice.notes]


@pytest.mark.parametrize("method", _METHODS)
@pytest.mark.parametrize("n", [12, 20, 40])
def test_validation_without_an_error_does_not_make_the_model_surer(method: _Method, n: int) -> None:
    choice = choose_category_map(method, CLASSES, _all_right(n, 4.0), seed=0)  # stated: 0.96
    assert choice.calibration == Uncalibrated()
    assert _kinds(choice) == ["too few errors"]
    assert f"0 of {n} validation rows are wrong" in choice.notes[0].sentence


@pytest.mark.parametrize("method", _METHODS)
def test_many_rows_without_an_error_prove_that_the_model_is_too_unsure(method: _Method) -> None:
    choice = choose_category_map(method, CLASSES, _all_right(300, 1.5), seed=0)  # stated: 0.69
    stated = CLASSES.confidence(calibrate(choice.calibration, _all_right(3, 1.5).scores))
    assert 0.9 < stated.min() < 0.999
    assert choice.notes == ()


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("method", _METHODS)
def test_map_is_never_worse_than_none_on_rows_that_it_was_not_fitted_to(
    method: _Method, ordered: bool
) -> None:
    target = Categories(names=CLASSES.names, ordered=ordered)
    refused = 0
    for seed in range(12):
        val = overconfident(seed, 30, factor=1.0)  # nothing is to be put right
        choice = choose_category_map(method, target, val, seed=0)
        mapped = val.with_scores(choice.scores)
        raw_loss, loss = (target.row_errors(each)["log_loss"].mean() for each in (val, mapped))
        assert loss <= raw_loss
        refused += choice.calibration == Uncalibrated()
    assert refused > 3


def test_map_that_made_the_loss_worse_is_named_with_both_losses() -> None:
    choices = [
        choose_category_map("isotonic", CLASSES, overconfident(seed, 40, factor=1.0), seed=0)
        for seed in range(6)
    ]
    notes = [note for choice in choices for note in choice.notes if note.kind == "worse than raw"]
    assert notes
    assert "made the log loss worse" in notes[0].sentence


def test_overconfident_scores_are_put_right_without_a_note() -> None:
    choice = choose_category_map("temperature", CLASSES, overconfident(1, 2000), seed=0)
    assert isinstance(choice.calibration, Temperature)
    assert choice.calibration.temperature == pytest.approx(3.0, rel=0.1)
    assert choice.notes == ()


@pytest.mark.parametrize("method", ["vector", "isotonic"])
def test_map_by_class_that_few_rows_do_not_bear_gives_way_to_a_temperature(method: _Method) -> None:
    for seed in range(20):
        val = overconfident(seed, 60)
        choice = choose_category_map(method, CLASSES, val, seed=0)
        if isinstance(choice.calibration, Temperature):
            break
    assert _kinds(choice) == ["worse than raw"]
    assert choice.notes[0].sentence.startswith("A temperature is deployed instead of the map")
    expected = choose_category_map("temperature", CLASSES, val, seed=0)
    assert choice.calibration == expected.calibration
    np.testing.assert_array_equal(choice.scores, expected.scores)


@pytest.mark.parametrize(
    ("method", "what_it_gets"),
    [
        ("temperature", "the other classes chose holds there, too"),
        ("vector", "The map keeps the scores there"),
    ],
)
def test_class_without_validation_rows_is_named(method: _Method, what_it_gets: str) -> None:
    val = overconfident(2, 500)
    choice = choose_category_map(method, CLASSES, val.take(np.flatnonzero(val.targets != 2)), 0)
    assert _kinds(choice) == ["class without rows"]
    assert "'eel'" in choice.notes[0].sentence
    assert what_it_gets in choice.notes[0].sentence


def test_temperature_at_its_bound_is_named() -> None:
    val = overconfident(3, 2000, factor=500.0)
    choice = choose_category_map("temperature", CLASSES, val, seed=0)
    assert "bound reached" in _kinds(choice)
    assert "reached its bound, 50" in choice.notes[-1].sentence


def test_rows_of_one_entity_bear_no_map() -> None:
    val = overconfident(4, 200, rows_each=200)
    assert _kinds(choose_category_map("temperature", CLASSES, val, seed=0)) == ["too few rows"]


def test_factors_that_cover_worse_than_the_network_are_not_deployed() -> None:
    nominal = HORIZON.nominal_coverage
    assert nominal is not None
    kinds = []
    for seed in range(8):
        val = forecast(seed, num_entities=2, rows_each=4, noise=1.0)
        choice = choose_width_map(HORIZON, val, seed=0)
        deployed, raw = (
            abs(np.nanmean(HORIZON.covered(each)) - nominal)
            for each in (val.with_scores(choice.scores), val)
        )
        assert deployed <= raw
        kinds += _kinds(choice)
    assert "worse than raw" in kinds


def test_factors_that_restore_coverage_are_deployed_though_the_interval_score_hardly_changes() -> (
    None
):
    val = forecast(1, num_entities=40)
    middle = val.scores[..., [2]]
    narrow = val.scores.copy()
    narrow[..., 1:] = middle + 0.85 * (val.scores[..., 1:] - middle)
    choice = choose_width_map(HORIZON, val.with_scores(narrow), seed=0)
    assert isinstance(choice.calibration, WidthFactors)


def test_factors_that_narrow_intervals_that_are_far_too_wide_are_deployed() -> None:
    val = forecast(0, num_entities=40)
    wide = val.scores.copy()
    wide[..., 1] -= 20.0
    wide[..., 3] += 20.0
    choice = choose_width_map(HORIZON, val.with_scores(wide), seed=0)
    assert isinstance(choice.calibration, WidthFactors)
    assert choice.notes == ()
