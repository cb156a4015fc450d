from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.targets import Horizon
from shared.targets.predictions import ForecastContext, Predictions
from shared.targets.ratios import NEGLIGIBLE, mean_of_defined, symmetric, undefined_values

TARGET = Horizon(steps=2, channels=("x",), unit="kW", step_seconds=60, season_steps=2)


def _forecast(naive_errors: list[float], targets: NDArray[np.float64]) -> Predictions:
    """Forecasts of 0 for one row a naive error, each of a series of its own."""
    n = len(naive_errors)
    naive = np.array(naive_errors)[:, None]
    context = ForecastContext(
        starts=np.arange(n).astype("datetime64[s]"),
        recent=np.ones((n, 2, 1)),
        location=np.ones((n, 1)),
        scale=np.full((n, 1), 2.0),
        naive_error=naive,
        naive_squared_error=naive**2,
    )
    ids = np.array([f"series{place}@2020" for place in range(n)])
    return Predictions(ids, ids, targets, np.zeros((n, *TARGET.shape)), context)


def test_series_without_a_naive_error_are_left_out_of_mase_and_rmsse() -> None:
    predictions = _forecast([0.5, np.nan, 1.0], np.full((3, 2, 1), 1.0))
    metrics = TARGET.metrics(predictions)
    assert metrics["mase"] == pytest.approx((2.0 + 1.0) / 2)
    assert metrics["rmsse"] == pytest.approx((2.0 + 1.0) / 2)
    assert metrics["mae"] == pytest.approx(1.0)
    undefined = undefined_values(TARGET.decide(predictions.scores), predictions)
    assert undefined["mase"].any(axis=(1, 2)).tolist() == [False, True, False]


def test_a_ratio_that_no_series_has_is_undefined() -> None:
    metrics = TARGET.metrics(_forecast([np.nan], np.full((1, 2, 1), 1.0)))
    assert np.isnan(metrics["mase"]) and np.isnan(metrics["rmsse"])
    assert metrics["mse"] == pytest.approx(1.0)


@pytest.mark.parametrize("truth", [0.0, NEGLIGIBLE])
def test_smape_leaves_out_what_is_zero_up_to_rounding(truth: float) -> None:
    targets = np.array([[[4.0], [truth]]])
    assert TARGET.metrics(_forecast([1.0], targets))["smape"] == pytest.approx(200.0)
    undefined = undefined_values(np.zeros((1, 2, 1)), _forecast([1.0], targets))
    assert undefined["smape"].tolist() == [[[False], [True]]]


def test_skill_against_a_naive_forecast_without_error_is_undefined() -> None:
    assert np.isnan(TARGET.metrics(_forecast([1.0], np.ones((1, 2, 1)) + 1e-7))["skill"])


def test_the_weighted_quantile_loss_of_nothing_is_undefined() -> None:
    assert np.isnan(TARGET.metrics(_forecast([1.0], np.full((1, 2, 1), 1e-7)))["wql"])


def test_a_symmetric_percentage_of_nothing_is_not_a_number() -> None:
    found = symmetric(np.array([0.0, 1.0]), np.array([0.0, 3.0]))
    assert np.isnan(found[0]) and found[1] == pytest.approx(100.0)


def test_the_mean_is_over_what_is_defined() -> None:
    assert mean_of_defined(np.array([1.0, np.nan, 3.0])) == 2.0
    assert np.isnan(mean_of_defined(np.array([np.nan])))
