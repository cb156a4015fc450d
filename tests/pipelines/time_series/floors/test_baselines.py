from __future__ import annotations

import keras
import numpy as np
import pytest

from pipelines.time_series.data import synthesize
from pipelines.time_series.floors.baselines import build_baselines
from pipelines.time_series.floors.spread import _growth
from pipelines.time_series.models.ridge_fit import fit_ridge
from pipelines.time_series.preprocess import build_preprocess
from shared.errors import ContractError
from shared.model.named_inputs import reading_by_name
from shared.targets import Categories
from shared.targets.predictions import Predictions
from tests.pipelines.time_series.tables import configure


def test_the_ridge_forecasts_in_original_units_and_has_no_weights_of_its_own() -> None:
    config = configure("data.demo_missing_share=0.0")
    splits = synthesize(config, 300, seed=0)
    ridge = build_baselines(config, splits.target)["ridge"]
    rows = splits.test.rows(np.arange(8))
    scores = np.asarray(reading_by_name(ridge)(build_preprocess(config, splits.train)(dict(rows))))
    values = rows["window"][:, :, 0]
    mean = values.mean(axis=1, keepdims=True)
    weights = fit_ridge(splits.train, config.front_end.ridge_folds).weights
    expected = mean + np.hstack([values - mean, values[:, -1:] - mean]) @ weights
    assert scores.shape == (8, *splits.target.shape)
    assert np.allclose(scores[:, :, 0, 0], expected, rtol=1e-4)
    assert np.all(np.diff(scores[..., 1:], axis=-1) > 0)
    assert isinstance(ridge, keras.Model)
    assert ridge.count_params() == 0


def test_the_naive_floors_are_those_of_the_target() -> None:
    config = configure("data.demo_missing_share=0.0")
    splits = synthesize(config, 300, seed=0)
    tensors = build_preprocess(config, splits.train)(dict(splits.test.rows(np.arange(8))))
    floors = build_baselines(config, splits.target)
    chosen = splits.test.take(np.arange(8))
    truth = Predictions(
        chosen.ids,
        chosen.entities,
        chosen.targets,
        np.zeros((8, *splits.target.shape)),
        chosen.forecast,
    )
    for name in ("seasonal_naive", "last_value"):
        scores = np.asarray(reading_by_name(floors[name])(tensors))
        expected = splits.target.baselines(None, truth)[name].scores
        assert np.allclose(scores[..., 0], expected[..., 0], rtol=1e-4)


def test_the_spread_of_a_random_walk_grows_with_the_root_of_the_steps() -> None:
    steps = np.arange(1, 49)
    walk = 0.3 * np.sqrt(steps)
    level, power = _growth(walk, np.ones(48, bool))
    assert (level, power) == pytest.approx((0.3, 0.5))
    assert _growth(np.full(48, 0.7), steps > 4) == pytest.approx((0.7, 0.0))
    assert _growth(walk[:1], np.ones(1, bool)) == pytest.approx((0.3, 0.0))


def test_the_ridge_of_classes_is_refused() -> None:
    with pytest.raises(
        ContractError, match="Time series forecast a horizon, received the target 'categories'"
    ):
        build_baselines(configure(), Categories(names=("a", "b")))
