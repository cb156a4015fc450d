from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import Ridge as SklearnRidge

from pipelines.time_series.data import synthesize
from pipelines.time_series.models.ridge_fit import Centring, fit_ridge
from shared.contract import Examples
from tests.pipelines.time_series.tables import configure


@pytest.fixture(scope="module")
def train() -> Examples:
    return synthesize(
        configure("data.lookback_steps=48", "data.horizon_steps=6", "data.demo_missing_share=0.0"),
        400,
        seed=0,
    ).train


def _windows(train: Examples) -> NDArray[np.float64]:
    return np.asarray(train.rows(np.arange(len(train)))["window"][:, :, 0], dtype=np.float64)


def _centred(
    train: Examples, centring: Centring
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    windows, scale = _windows(train), train.forecast_context.scale
    centres = windows.mean(axis=1, keepdims=True) if centring == "mean" else windows[:, -1:]
    return (windows - centres) / scale, (train.targets[:, :, 0] - centres) / scale


def _with_course(train: Examples, paths: NDArray[np.float64]) -> Examples:
    """The same examples with other values, (rows, lookback + horizon)."""
    lookback = _windows(train).shape[1]
    windows = paths[:, :lookback, None]
    return replace(
        train,
        rows=lambda indices: {**train.rows(indices), "window": windows[indices]},
        targets=paths[:, lookback:, None].astype(np.float32),
        forecast=replace(train.forecast_context, scale=np.ones((len(paths), 1), np.float32)),
    )


def _noise(train: Examples) -> NDArray[np.float64]:
    num_steps = _windows(train).shape[1] + train.targets.shape[1]
    return np.random.default_rng(0).normal(size=(len(train), num_steps))


def test_the_closed_form_is_ridge_regression_with_a_penalty_for_each_step(
    train: Examples,
) -> None:
    ridge = fit_ridge(train, num_folds=3)
    inputs, outputs = _centred(train, ridge.centring)
    penalised = SklearnRidge(alpha=ridge.penalties * len(train), fit_intercept=False)
    expected = penalised.fit(inputs, outputs).coef_.T
    assert np.allclose(ridge.weights[:-1], expected, atol=1e-4)


def test_penalties_are_inside_the_grid_where_they_can_be_judged(train: Examples) -> None:
    penalties = fit_ridge(train, num_folds=3).penalties
    assert penalties.shape == train.targets.shape[1:2]
    assert penalties.min() > 1e-5
    assert penalties.max() < 10**1.5


def test_noise_about_a_level_is_forecast_by_the_mean(train: Examples) -> None:
    noise = fit_ridge(_with_course(train, 5.0 + _noise(train)), num_folds=3)
    assert noise.centring == "mean"
    assert np.abs(noise.weights).max() < 0.1
    assert not noise.weights[-1].any()


def test_a_random_walk_is_forecast_by_its_last_value(train: Examples) -> None:
    walk = fit_ridge(_with_course(train, _noise(train).cumsum(axis=1)), num_folds=3)
    assert walk.centring == "last"
    total = walk.weights[-2] + walk.weights[-1]  # both are the last value where it was observed
    assert total == pytest.approx(1.0, abs=0.1)
    assert np.abs(walk.weights[:-2]).max() < 0.1


def test_the_last_value_is_the_last_that_was_observed(train: Examples) -> None:
    """A window's end is lost: what is filled in is far from where the walk is."""
    paths = _noise(train).cumsum(axis=1)
    lookback = _windows(train).shape[1]
    last = paths[:, lookback - 3 : lookback - 2].copy()
    paths[:, lookback:] = last + 0.01 * paths[:, lookback:]
    paths[:, lookback - 2 : lookback] = np.nan
    ridge = fit_ridge(_with_course(train, paths), num_folds=3)
    assert ridge.centring == "last"
    assert ridge.weights[-3] + ridge.weights[-1] == pytest.approx(1.0, abs=0.1)


def test_the_order_of_examples_does_not_matter(train: Examples) -> None:
    backwards = train.take(np.arange(len(train))[::-1])
    first, second = fit_ridge(train, num_folds=3), fit_ridge(backwards, num_folds=3)
    assert np.array_equal(first.penalties, second.penalties)
    assert np.allclose(first.weights, second.weights, atol=1e-6)


def test_large_series_do_not_outweigh_small_ones(train: Examples) -> None:
    """Multiplying one site's values by 1,000 leaves the weights where they are."""
    assert train.forecast is not None
    factor = np.where(train.groups["series"].to_numpy() == "site 01", 1000.0, 1.0).astype(
        np.float32
    )
    rows = train.rows

    def louder(indices: NDArray[np.int64]) -> dict[str, Any]:
        batch = dict(rows(indices))
        return {**batch, "window": batch["window"] * factor[indices, None, None]}

    context = replace(train.forecast, scale=train.forecast.scale * factor[:, None])
    scaled = replace(
        train, rows=louder, targets=train.targets * factor[:, None, None], forecast=context
    )
    assert np.allclose(
        fit_ridge(scaled, num_folds=3).weights, fit_ridge(train, num_folds=3).weights, atol=1e-3
    )


def test_a_step_that_is_seldom_observed_is_not_taken_for_one_near_zero(train: Examples) -> None:
    observed = np.random.default_rng(0).random(train.targets.shape) < 0.5
    observed[:, :3] = True
    thinned = replace(train, targets=np.where(observed, train.targets, np.nan).astype(np.float32))
    complete, found = (fit_ridge(each, num_folds=3).weights for each in (train, thinned))
    inputs, _ = _centred(train, "mean")
    inputs = np.hstack([inputs, inputs[:, -1:]])
    spread = (inputs @ found).std(axis=0) / (inputs @ complete).std(axis=0)
    assert spread[3:].mean() == pytest.approx(
        1.0, abs=0.2
    )  # without weights it would be about a half
