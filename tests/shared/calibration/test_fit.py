from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from shared.calibration.fit import cross_fitted_scores, fit_categories, fit_horizon
from shared.targets.calibration import Isotonic, Temperature, VectorScaling, WidthFactors, calibrate
from tests.shared.calibration.made_up import CLASSES, overconfident
from tests.shared.evaluation.predicted_run import HORIZON, forecast


def test_temperature_is_the_one_that_the_scores_were_multiplied_by() -> None:
    fitted = fit_categories("temperature", CLASSES, overconfident(0, 20_000))
    assert isinstance(fitted, Temperature)
    assert fitted.temperature == pytest.approx(3.0, rel=0.03)


def test_temperature_changes_no_decision() -> None:
    val = overconfident(1, 500)
    assert np.array_equal(
        CLASSES.decide(calibrate(fit_categories("temperature", CLASSES, val), val.scores)),
        CLASSES.decide(val.scores),
    )


def test_vector_scaling_undoes_a_shift_of_one_class() -> None:
    val = overconfident(2, 20_000, factor=1.0)
    shifted = val.with_scores(val.scores + np.array([0.0, 1.5, 0.0], np.float32))
    fitted = fit_categories("vector", CLASSES, shifted)
    assert isinstance(fitted, VectorScaling)
    assert fitted.shifts[1] - fitted.shifts[0] == pytest.approx(-1.5, abs=0.15)


@pytest.mark.parametrize("method", ["temperature", "vector", "isotonic"])
def test_every_map_lowers_log_loss_and_calibration_error_on_rows_it_never_saw(
    method: Literal["temperature", "vector", "isotonic"],
) -> None:
    fitted = fit_categories(method, CLASSES, overconfident(3, 4_000))
    unseen = overconfident(4, 4_000)
    before, after = (
        CLASSES.metrics(unseen),
        CLASSES.metrics(unseen.with_scores(calibrate(fitted, unseen.scores))),
    )
    assert after["log_loss"] < before["log_loss"] - 0.05
    assert after["ece"] < before["ece"] / 3


def test_isotonic_map_is_that_of_scikit_learn_at_its_knots() -> None:
    val = overconfident(5, 300)
    fitted = fit_categories("isotonic", CLASSES, val)
    assert isinstance(fitted, Isotonic)
    probabilities = CLASSES.probabilities(val.scores)[:, 1]
    truth = (300 * (val.targets == 1) + 10 * probabilities) / 310  # ten rows as the network says
    reference = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(
        probabilities, truth
    )
    assert fitted.values[1] == pytest.approx(reference.predict(np.asarray(fitted.knots[1])))
    assert (np.diff(fitted.values[1]) >= 0).all()


def test_method_none_leaves_every_bit() -> None:
    val = overconfident(6, 50)
    assert calibrate(fit_categories("none", CLASSES, val), val.scores) is val.scores


def test_cross_fitting_never_shows_an_entity_its_own_rows() -> None:
    val = overconfident(7, 400, rows_each=4)
    before = cross_fitted_scores("temperature", CLASSES, val, seed=0)
    # Flipping one entity's labels may only move rows of the other half.
    targets = val.targets.copy()
    targets[:4] = (targets[:4] + 1) % 3
    after = cross_fitted_scores(
        "temperature", CLASSES, type(val)(val.ids, val.entities, targets, val.scores), seed=0
    )
    moved = (before != after).any(axis=-1)
    assert moved.any()
    assert not moved[:4].any()


def test_width_factors_make_intervals_cover_what_they_promise() -> None:
    val, test = forecast(0, num_entities=120, noise=1.0), forecast(1, num_entities=120, noise=1.0)
    fitted = fit_horizon(HORIZON, val).calibration
    assert isinstance(fitted, WidthFactors)
    raw = float(np.nanmean(HORIZON.covered(test)))
    covered = float(np.nanmean(HORIZON.covered(test.with_scores(calibrate(fitted, test.scores)))))
    assert abs(raw - 0.8) > 0.1
    assert covered == pytest.approx(0.8, abs=0.02)


def test_width_factors_leave_the_mean_forecast() -> None:
    val = forecast(2)
    assert np.array_equal(
        HORIZON.decide(calibrate(fit_horizon(HORIZON, val).calibration, val.scores)),
        HORIZON.decide(val.scores),
    )


def test_step_that_was_never_observed_keeps_its_width() -> None:
    val = forecast(3)
    val.targets[:, 2, 1] = np.nan
    fitted = fit_horizon(HORIZON, val).calibration
    assert isinstance(fitted, WidthFactors)
    assert fitted.factors[2][1] == 1.0


@pytest.mark.parametrize("method", ["temperature", "vector", "isotonic"])
def test_few_rows_without_an_error_make_nothing_certain(
    method: Literal["temperature", "vector", "isotonic"],
) -> None:
    targets = np.arange(12) % 3
    scores = 2.5 * np.eye(3, dtype=np.float32)[targets]  # stated: 0.86
    val = replace(overconfident(8, 12), targets=targets, scores=scores)
    fitted = fit_categories(method, CLASSES, val)
    stated = CLASSES.confidence(calibrate(fitted, val.scores))
    assert 0.85 < stated.min() <= stated.max() < 0.96


@pytest.mark.parametrize("method", ["vector", "isotonic"])
def test_map_by_class_leaves_a_class_without_a_row_as_the_network_says(
    method: Literal["vector", "isotonic"],
) -> None:
    val = overconfident(9, 3000, factor=1.0)
    seen = val.take(np.flatnonzero(val.targets != 2))
    fitted = fit_categories(method, CLASSES, seen)
    of_class = val.take(np.flatnonzero(val.targets == 2))
    before = CLASSES.row_errors(of_class)["log_loss"].mean()
    mapped = of_class.with_scores(calibrate(fitted, of_class.scores))
    assert CLASSES.row_errors(mapped)["log_loss"].mean() < before + 0.25
    if isinstance(fitted, Isotonic):
        assert fitted.values[2] == (0.0, 1.0)
    else:
        assert isinstance(fitted, VectorScaling)
        assert (fitted.scales[2], fitted.shifts[2]) == (1.0, 0.0)


def test_steps_with_too_few_windows_are_named_with_the_number_that_is_needed() -> None:
    val = forecast(3)
    val.targets[3:, 2, 1] = np.nan  # three values; 80 % needs four
    (note,) = fit_horizon(HORIZON, val).notes
    assert note.kind == "too few rows"
    assert "heat at step 3: 80% needs at least 4." in note.sentence


def test_forecast_that_is_exact_on_validation_keeps_its_interval() -> None:
    val = forecast(4)
    exact = val.scores.copy()
    shift = np.nan_to_num(val.targets[:, 0, 0] - exact[:, 0, 0, 2])
    exact[:, 0, 0, 1:] += shift[:, None]
    fitted = fit_horizon(HORIZON, val.with_scores(exact))
    assert isinstance(fitted.calibration, WidthFactors)
    assert fitted.calibration.factors[0][0] == 1.0
    assert [note.kind for note in fitted.notes] == ["bound reached"]
    assert "load at step 1" in fitted.notes[0].sentence
