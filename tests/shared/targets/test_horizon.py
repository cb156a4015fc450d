from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.stats import norm
from sklearn.metrics import (
    mean_absolute_error,
    mean_pinball_loss,
    mean_squared_error,
)

from shared.errors import ContractError
from shared.targets import Horizon
from shared.targets.predictions import ForecastContext, Predictions


def forecast(
    targets: NDArray[np.float32],
    scores: NDArray[np.float32],
    recent: NDArray[np.float32],
    scale: float = 2.0,
    naive_error: float = 0.5,
) -> Predictions:
    n, _, channels = targets.shape
    context = ForecastContext(
        starts=np.arange(n).astype("datetime64[s]"),
        recent=recent,
        location=np.full((n, channels), 7.0, np.float32),
        scale=np.full((n, channels), scale, np.float32),
        naive_error=np.full((n, channels), naive_error, np.float32),
        naive_squared_error=np.full((n, channels), 2.0 * naive_error**2, np.float32),
    )
    ids = np.arange(n).astype(str)
    return Predictions(ids, ids, targets, scores, context)


def horizon(**changes: object) -> Horizon:
    settings = {
        "steps": 3,
        "channels": ("x", "y"),
        "unit": "kW",
        "step_seconds": 60,
        "season_steps": 2,
    } | changes
    return Horizon.model_validate(settings)


def random_forecast(seed: int = 0, n: int = 30) -> Predictions:
    generator = np.random.default_rng(seed)
    targets = generator.normal(5.0, 2.0, (n, 3, 2)).astype(np.float32)
    mean = targets + generator.normal(size=targets.shape)
    scores = np.stack([mean, mean - 1.0, mean, mean + 1.0], axis=-1).astype(np.float32)
    return forecast(targets, scores, generator.normal(5.0, 2.0, (n, 2, 2)).astype(np.float32))


def test_every_horizon_metric_equals_scikit_learn_or_its_definition() -> None:
    target, predictions = horizon(), random_forecast()
    truth, scores = predictions.targets.astype(np.float64), predictions.scores.astype(np.float64)
    point = scores[..., 0]
    naive = np.tile(predictions.forecast.recent, (1, 2, 1))[:, :3].astype(np.float64)  # type: ignore[union-attr]
    inside = (truth >= scores[..., 1]) & (truth <= scores[..., 3])
    rmsse = np.sqrt(((point - truth) ** 2).mean(axis=1) / 0.5).mean()
    squared = mean_squared_error(truth.reshape(-1), point.reshape(-1))
    absolute = mean_absolute_error(truth.reshape(-1), point.reshape(-1))
    losses = [
        mean_pinball_loss(truth.reshape(-1), scores[..., 1 + i].reshape(-1), alpha=q)
        for i, q in enumerate((0.1, 0.5, 0.9))
    ]
    expected = {
        "mse_standardised": squared / 4.0,
        "mae_standardised": absolute / 2.0,
        "mse": squared,
        "mae": absolute,
        "mase": absolute / 0.5,
        "rmsse": rmsse,
        "smape": np.mean(200.0 * np.abs(point - truth) / (np.abs(point) + np.abs(truth))),
        "skill": 1.0 - squared / mean_squared_error(truth.reshape(-1), naive.reshape(-1)),
        "pinball": np.mean(losses) / 2.0,
        "crps": 2.0 * np.mean(losses) / 2.0,
        "wql": 2.0 * np.mean(losses) * truth.size / np.abs(truth).sum(),
        "coverage_error": abs(inside.mean() - 0.8),
    }
    assert target.metrics(predictions) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert list(target.metrics(predictions)) == list(target.describe())


def test_weighted_quantile_loss_of_many_quantiles_nears_the_ranked_probability_score() -> None:
    # The score of a standard normal forecast for the truth y is y (2 Φ(y) - 1) + 2 φ(y) - 1 / √π
    # (Gneiting & Raftery 2007, eq. 21).
    levels = tuple((np.arange(400) + 0.5) / 400)
    truth = np.array([-1.5, 0.2, 2.0])
    quantiles = np.tile(norm.ppf(levels), (3, 1))
    scores = np.concatenate([np.zeros((3, 1)), quantiles], axis=1)[None, :, None].astype(
        np.float32
    )  # (1, steps, 1, 1 + quantiles)
    scores, targets = (
        np.repeat(scores, 2, axis=2),
        np.repeat(truth[None, :, None], 2, axis=2).astype(np.float32),
    )
    predictions = forecast(targets, scores, np.ones((1, 2, 2), np.float32))
    expected = truth * (2 * norm.cdf(truth) - 1) + 2 * norm.pdf(truth) - 1 / np.sqrt(np.pi)
    assert horizon(quantiles=levels).metrics(predictions)["wql"] == pytest.approx(
        expected.sum() / np.abs(truth).sum(), rel=0.01
    )


def test_values_that_were_not_observed_count_nowhere() -> None:
    target, predictions = horizon(), random_forecast(n=2)
    predictions.targets[0, 1:] = np.nan
    predictions.targets[1, :, 0] = np.nan
    expected = [
        np.abs(predictions.scores[0, 0, :, 0] - predictions.targets[0, 0]).mean(),
        np.abs(predictions.scores[1, :, 1, 0] - predictions.targets[1, :, 1]).mean(),
    ]
    assert target.row_errors(predictions)["mae"] == pytest.approx(expected, rel=1e-6)
    assert target.metrics(predictions)["mae"] == pytest.approx(np.mean(expected), rel=1e-6)


def test_a_row_without_any_observation_has_no_error_and_does_not_count() -> None:
    target, predictions = horizon(), random_forecast(n=3)
    without = target.metrics(predictions.take(np.array([0, 2])))
    predictions.targets[1] = np.nan
    assert all(np.isnan(errors[1]) for errors in target.row_errors(predictions).values())
    assert target.metrics(predictions) == without


def test_nothing_observed_gives_no_metric() -> None:
    predictions = random_forecast()
    predictions.targets[:] = np.nan
    assert all(np.isnan(value) for value in horizon().metrics(predictions).values())


def test_forecasts_that_are_not_finite_give_no_metric_at_all() -> None:
    predictions = random_forecast()
    predictions.scores[0, 0, 0, 2] = np.nan
    assert all(np.isnan(value) for value in horizon().metrics(predictions).values())


def test_smape_leaves_out_a_zero_forecast_for_a_zero_truth() -> None:
    zeros = np.zeros((1, 3, 2), np.float32)
    predictions = forecast(
        zeros, np.zeros((1, 3, 2, 4), np.float32), np.zeros((1, 2, 2), np.float32)
    )
    assert np.isnan(horizon().metrics(predictions)["smape"])
    predictions.targets[0, 0, 0] = 1.0
    assert horizon().metrics(predictions)["smape"] == pytest.approx(200.0)


def test_quantiles_that_cross_are_sorted_as_they_are_when_served() -> None:
    predictions = random_forecast()
    crossed = predictions.with_scores(predictions.scores[..., [0, 3, 2, 1]])
    assert horizon().metrics(crossed) == horizon().metrics(predictions)


def test_without_quantiles_there_is_neither_pinball_nor_coverage() -> None:
    target, predictions = horizon(quantiles=()), random_forecast()
    values = target.metrics(predictions.with_scores(predictions.scores[..., :1]))
    names = [
        "mse_standardised",
        "mae_standardised",
        "mse",
        "mae",
        "mase",
        "rmsse",
        "smape",
        "skill",
    ]
    assert list(values) == list(target.describe()) == names


@pytest.mark.parametrize("levels", [(0.9, 0.1), (0.1, 0.1), (0.0, 0.5), (0.5, 1.0)])
def test_quantiles_must_be_increasing_levels(levels: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="quantiles must increase strictly between 0 and 1"):
        horizon(quantiles=levels)


def test_naive_baselines_repeat_what_was_last_seen() -> None:
    predictions = random_forecast(n=1)
    recent = np.array([[[1.0, 10.0], [2.0, 20.0]]], np.float32)
    predictions = forecast(predictions.targets, predictions.scores, recent)
    baselines = horizon().baselines(None, predictions)
    assert baselines["last_value"].scores[0, :, :, 0].tolist() == [[2.0, 20.0]] * 3
    assert baselines["seasonal_naive"].scores[0, :, :, 0].tolist() == [
        [1.0, 10.0],
        [2.0, 20.0],
        [1.0, 10.0],
    ]
    assert baselines["training_mean"].scores[0, :, :, 0].tolist() == [[7.0, 7.0]] * 3
    assert (baselines["last_value"].scores == baselines["last_value"].scores[..., :1]).all()


def test_naive_baselines_bridge_a_gap_with_the_training_mean() -> None:
    predictions = random_forecast(n=1)
    recent = np.array([[[1.0, 10.0], [np.nan, 20.0]]], np.float32)
    predictions = forecast(predictions.targets, predictions.scores, recent)
    assert horizon().baselines(None, predictions)["last_value"].scores[0, 0, :, 0].tolist() == [
        7.0,
        20.0,
    ]


def test_skill_of_the_seasonal_naive_forecast_is_zero() -> None:
    target, predictions = horizon(), random_forecast()
    assert target.metrics(target.seasonal_naive(predictions))["skill"] == 0.0


def test_forecasts_need_their_context() -> None:
    predictions = random_forecast()
    bare = Predictions(
        predictions.ids, predictions.entities, predictions.targets, predictions.scores
    )
    with pytest.raises(ContractError, match="Forecasts need their ForecastContext, received none"):
        horizon().metrics(bare)
