from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import Ridge as SklearnRidge

from pipelines.time_series.data import synthesize
from pipelines.time_series.models.ridge_fit import fit_ridge
from shared.contract import Examples
from tests.pipelines.time_series.tables import configure


@pytest.fixture(scope="module")
def train() -> Examples:
    return synthesize(
        configure("data.lookback_steps=48", "data.horizon_steps=6", "data.demo_missing_share=0.0"),
        400,
        seed=0,
    ).train


def _standardised(train: Examples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    assert train.forecast is not None
    windows = train.rows(np.arange(len(train)))["window"][:, :, 0].astype(np.float64)
    means = windows.mean(axis=1, keepdims=True)
    return (windows - means) / train.forecast.scale, (
        train.targets[:, :, 0] - means
    ) / train.forecast.scale


def test_the_closed_form_is_ridge_regression(train: Examples) -> None:
    ridge = fit_ridge(train, num_folds=3)
    inputs, outputs = _standardised(train)
    expected = (
        SklearnRidge(alpha=ridge.penalty * len(train), fit_intercept=False)
        .fit(inputs, outputs)
        .coef_.T
    )
    assert np.allclose(ridge.weights, expected, atol=1e-4)


def test_the_penalty_is_inside_the_grid_where_it_can_be_judged(train: Examples) -> None:
    assert 1e-5 < fit_ridge(train, num_folds=3).penalty < 10**1.5


def test_pure_noise_is_shrunk_away(train: Examples) -> None:
    assert train.forecast is not None
    noise = np.random.default_rng(0).normal(size=train.targets.shape).astype(np.float32)
    location = train.rows(np.arange(len(train)))["window"][:, :, :1].mean(axis=1, keepdims=True)
    shuffled = replace(
        train, targets=(location + noise * train.forecast.scale[:, None, :]).astype(np.float32)
    )
    honest, shrunk = fit_ridge(train, num_folds=3), fit_ridge(shuffled, num_folds=3)
    assert shrunk.penalty > 10.0 * honest.penalty
    assert np.abs(shrunk.weights).max() < 0.2 * np.abs(honest.weights).max()


def test_the_order_of_examples_does_not_matter(train: Examples) -> None:
    backwards = train.take(np.arange(len(train))[::-1])
    first, second = fit_ridge(train, num_folds=3), fit_ridge(backwards, num_folds=3)
    assert first.penalty == second.penalty
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
    complete, found = fit_ridge(train, num_folds=3).weights, fit_ridge(thinned, num_folds=3).weights
    inputs, _ = _standardised(train)
    spread = (inputs @ found).std(axis=0) / (inputs @ complete).std(axis=0)
    assert spread[3:].mean() == pytest.approx(
        1.0, abs=0.2
    )  # without weights it would be about a half
