"""Counts: neither network, floor, blend nor what calibration makes of them is ever below 0."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from pipelines.time_series import PIPELINE
from pipelines.time_series.data import synthesize
from pipelines.time_series.floors.baselines import build_baselines
from pipelines.time_series.preprocess import build_preprocess
from shared.model.blend import blended_model
from shared.model.calibration import calibrated_scores
from shared.model.named_inputs import reading_by_name
from shared.targets import Horizon
from shared.targets.calibration import WidthFactors, calibrate, widen
from tests.pipelines.time_series.tables import configure


def _scores(*, is_bounded: bool) -> tuple[Horizon, dict[str, np.ndarray]]:
    """Scores of windows that are mostly 0, by what gives them."""
    config = configure(f"data.non_negative={str(is_bounded).lower()}")
    splits = synthesize(config, 240, seed=0)
    target = splits.target
    assert isinstance(target, Horizon)
    rows = dict(splits.test.rows(np.arange(8)))
    generator = np.random.default_rng(0)
    counts = generator.poisson(0.3, rows["window"][:, :, 0].shape)
    rows["window"] = rows["window"].copy()
    rows["window"][:, :, 0] = counts
    tensors = build_preprocess(config, splits.train)(rows)
    network = PIPELINE.model(config, target)
    models = {"network": network, **build_baselines(config, target)}
    models["blend"] = blended_model(network, models["ridge"], target, 0.5)
    return target, {
        name: np.asarray(reading_by_name(model)(tensors, training=False))
        for name, model in models.items()
    }


def test_no_forecast_of_counts_is_below_0_whatever_gives_it() -> None:
    _, free = _scores(is_bounded=False)
    _, bounded = _scores(is_bounded=True)
    assert set(bounded) == {"network", "ridge", "seasonal_naive", "last_value", "blend"}
    for name, scores in bounded.items():
        assert scores.min() == 0.0, name
        assert free[name].min() < 0.0, name  # else nothing is shown
        assert np.all(np.diff(scores[..., 1:], axis=-1) >= 0.0), name


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_calibration_pulls_no_quantile_below_0_and_its_twin_agrees(factor: float) -> None:
    target, scores = _scores(is_bounded=True)
    shape = (target.steps, 1)
    rows = tuple(map(tuple, np.full(shape, factor).tolist()))
    bounded = WidthFactors(factors=rows, never_negative=target.never_negative)
    found = calibrate(bounded, scores["network"])
    assert found.min() >= 0.0
    assert np.allclose(calibrated_scores(bounded, tf.constant(scores["network"])), found)
    adapted = widen(scores["network"], np.full(shape, 5.0), target.never_negative)
    assert adapted.min() >= 0.0
    assert widen(scores["network"], np.full(shape, 5.0)).min() < 0.0


def test_training_sees_forecasts_below_0_so_that_they_can_be_learnt_from() -> None:
    config = configure("data.non_negative=true")
    splits = synthesize(config, 240, seed=0)
    rows = dict(splits.test.rows(np.arange(2)))
    rows["window"] = rows["window"] * 0.0
    tensors = build_preprocess(config, splits.train)(rows)
    network: keras.Model = PIPELINE.model(config, splits.target)
    assert np.asarray(network(tensors, training=True)).min() < 0.0
    assert np.asarray(network(tensors, training=False)).min() == 0.0
