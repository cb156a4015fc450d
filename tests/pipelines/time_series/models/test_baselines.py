from __future__ import annotations

import keras
import numpy as np
import pytest

from pipelines.time_series.data import synthesize
from pipelines.time_series.models.baselines import build_baselines
from pipelines.time_series.models.ridge import fit_ridge
from pipelines.time_series.preprocess import build_preprocess
from shared.errors import ContractError
from shared.targets import Categories
from tests.pipelines.time_series.tables import configure


def test_the_ridge_forecasts_in_original_units_and_has_no_weights_of_its_own() -> None:
    config = configure("data.demo_missing_share=0.0")
    splits = synthesize(config, 300, seed=0)
    ridge = build_baselines(config, splits.target)["ridge"]
    rows = splits.test.rows(np.arange(8))
    scores = np.asarray(ridge(build_preprocess(config, splits.train)(dict(rows))))
    values = rows["window"][:, :, 0]
    mean = values.mean(axis=1, keepdims=True)
    expected = (
        mean + (values - mean) @ fit_ridge(splits.train, config.front_end.ridge_folds).weights
    )
    assert scores.shape == (8, *splits.target.shape)
    assert np.allclose(scores[:, :, 0, 0], expected, rtol=1e-4)
    assert np.all(scores == scores[..., :1])
    assert isinstance(ridge, keras.Model)
    assert ridge.count_params() == 0


def test_the_ridge_of_classes_is_refused() -> None:
    with pytest.raises(
        ContractError, match="Time series forecast a horizon, received the target 'categories'"
    ):
        build_baselines(configure(), Categories(names=("a", "b")))
