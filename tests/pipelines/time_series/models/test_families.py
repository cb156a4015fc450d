from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.time_series import PIPELINE
from pipelines.time_series.data import synthesize
from pipelines.time_series.models.families import FAMILIES, LstmConfig, PatchTransformerConfig
from pipelines.time_series.preprocess import build_preprocess
from shared.contract import Splits
from shared.errors import ContractError
from shared.targets import Categories
from tests.pipelines.time_series.tables import configure

_CONFIG = configure("data.demo_missing_share=0.0")


@pytest.fixture(scope="module")
def splits() -> Splits:
    return synthesize(_CONFIG, 100, seed=0)


@pytest.fixture(scope="module")
def tensors(splits: Splits) -> dict[str, NDArray[Any]]:
    prepared = build_preprocess(_CONFIG, splits.train)(dict(splits.test.rows(np.arange(8))))
    return {name: np.asarray(value) for name, value in prepared.items()}


def _model(splits: Splits, *assignments: str) -> keras.Model:
    config = configure(*assignments)
    target = splits.target.model_copy(update={"quantiles": config.model.quantiles})
    return PIPELINE.model(config, target)


def _scores(
    splits: Splits, tensors: dict[str, NDArray[Any]], *assignments: str
) -> NDArray[np.float64]:
    return np.asarray(_model(splits, *assignments)(tensors))


def test_the_ridge_alone_has_exactly_its_mean(
    splits: Splits, tensors: dict[str, NDArray[Any]]
) -> None:
    expected = tensors["location"] + tensors["scale"] * tensors["ridge"]
    scores = _scores(splits, tensors, "model.family=ridge")
    np.testing.assert_allclose(scores[:, :, 0, 0], expected, rtol=1e-6)


def test_the_seasonal_naive_forecast_is_the_last_day(
    splits: Splits, tensors: dict[str, NDArray[Any]]
) -> None:
    last_day = splits.test.rows(np.arange(8))["window"][:, -24:, 0]
    scores = _scores(splits, tensors, "model.family=seasonal_naive")
    np.testing.assert_allclose(scores[:, :, 0, 0], last_day, rtol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_quantiles_never_cross(
    splits: Splits, tensors: dict[str, NDArray[Any]], family: str
) -> None:
    model = _model(splits, f"model.family={family}", "model.quantiles=[0.05, 0.25, 0.75, 0.95]")
    generator = np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(np.asarray(variable) + generator.normal(0.0, 0.1, variable.shape))
    scores = np.asarray(model(tensors))
    assert scores.shape == (8, 24, 1, 5)
    assert np.all(np.diff(scores[..., 1:], axis=-1) >= 0)


@pytest.mark.parametrize("family", ["lstm", "patch_transformer", "state_space"])
def test_flags_of_gaps_mean_nothing_to_a_network_that_never_saw_one(
    splits: Splits, tensors: dict[str, NDArray[Any]], family: str
) -> None:
    model = _model(splits, f"model.family={family}")
    flagged = {**tensors, "missing": np.ones_like(tensors["missing"])}
    np.testing.assert_array_equal(np.asarray(model(tensors)), np.asarray(model(flagged)))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_for_classes_is_refused(family: str) -> None:
    with pytest.raises(ContractError, match="received the target 'categories'"):
        PIPELINE.model(configure(f"model.family={family}"), Categories(names=("a", "b")))


@pytest.mark.parametrize(
    ("lookback", "segment", "patch"), [(4, 1, 2), (24, 1, 6), (168, 4, 16), (512, 11, 16)]
)
def test_segments_and_patches_follow_the_window_unless_they_are_set(
    lookback: int, segment: int, patch: int
) -> None:
    assert LstmConfig().segment_length(lookback) == segment
    assert PatchTransformerConfig().patch_length(lookback) == patch
    assert LstmConfig(segment_steps=3).segment_length(lookback) == 3
    assert PatchTransformerConfig(patch_steps=600).patch_length(lookback) == lookback
