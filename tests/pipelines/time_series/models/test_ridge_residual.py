from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.time_series.data import synthesize
from pipelines.time_series.models.ridge_fit import fit_ridge
from pipelines.time_series.models.ridge_residual import build_model
from pipelines.time_series.preprocess import build_decode, build_preprocess
from shared.contract import Rows, Splits
from shared.errors import ContractError
from shared.targets import Categories
from tests.pipelines.time_series.tables import configure

_CONFIG = configure("data.demo_missing_share=0.0")


@pytest.fixture(scope="module")
def splits() -> Splits:
    return synthesize(_CONFIG, 300, seed=0)


@pytest.fixture(scope="module")
def prepared(splits: Splits) -> keras.Model:
    return build_preprocess(_CONFIG, splits.train)


def _rows(splits: Splits, count: int = 8) -> Rows:
    return splits.test.rows(np.arange(count))


def _scores(
    splits: Splits, prepared: keras.Model, rows: Rows, *assignments: str
) -> NDArray[np.float32]:
    keras.utils.set_random_seed(0)
    config = configure(*assignments)
    target = splits.target.model_copy(update={"quantiles": config.model.quantiles})
    return np.asarray(build_model(config, target)(prepared(dict(rows))))


def test_decode_is_the_identity(splits: Splits) -> None:
    rows = _rows(splits)
    decoded = build_decode(_CONFIG)(dict(rows))
    assert all(np.array_equal(np.asarray(decoded[name]), rows[name]) for name in rows)


def test_the_ridge_tensor_is_the_closed_form_forecast(
    splits: Splits, prepared: keras.Model
) -> None:
    rows = _rows(splits)
    tensors = {name: np.asarray(value) for name, value in prepared(dict(rows)).items()}
    values = rows["window"][:, :, 0]
    mean = values.mean(axis=1, keepdims=True)
    weights = fit_ridge(splits.train, _CONFIG.front_end.ridge_folds).weights
    expected = mean + np.hstack([values - mean, values[:, -1:] - mean]) @ weights
    assert np.allclose(
        tensors["location"] + tensors["scale"] * tensors["ridge"], expected, rtol=1e-4
    )


def test_covariates_are_standardised_and_the_calendar_is_left_alone(
    splits: Splits, prepared: keras.Model
) -> None:
    rows = splits.train.rows(np.arange(len(splits.train)))
    ahead = np.asarray(prepared(dict(rows))["ahead"])
    assert np.allclose(ahead[:, :, 0].mean(), 0.0, atol=1e-3)
    assert np.allclose(ahead[:, :, 0].std(), 1.0, atol=1e-3)
    assert np.allclose(ahead[:, :, 3:], rows["future"][:, :, 3:], atol=1e-6)


def test_an_untrained_model_is_the_ridge(splits: Splits, prepared: keras.Model) -> None:
    rows = _rows(splits, 30)
    tensors = {name: np.asarray(value) for name, value in prepared(dict(rows)).items()}
    difference = _scores(splits, prepared, rows)[:, :, 0, 0] - (
        tensors["location"] + tensors["scale"] * tensors["ridge"]
    )
    assert np.abs(difference / tensors["scale"]).mean() < 0.1


@pytest.mark.parametrize(
    "quantiles", ["[0.1, 0.5, 0.9]", "[0.05, 0.25, 0.75, 0.95]", "[0.9]", "[0.9, 0.95]"]
)
def test_quantiles_never_cross(splits: Splits, prepared: keras.Model, quantiles: str) -> None:
    scores = _scores(splits, prepared, _rows(splits), f"model.quantiles={quantiles}")
    assert scores.shape == (8, 24, 1, 1 + quantiles.count(",") + 1)
    assert np.all(np.diff(scores[..., 1:], axis=-1) > 0)


@pytest.mark.parametrize("factor", [0.2, 100.0])
def test_forecasts_scale_with_the_series(
    splits: Splits, prepared: keras.Model, factor: float
) -> None:
    rows = dict(_rows(splits))
    louder = {**rows, "window": rows["window"] * np.array([factor, 1.0, 1.0, 1.0], np.float32)}
    expected = factor * _scores(splits, prepared, rows)
    difference = np.abs(_scores(splits, prepared, louder) - expected) / np.abs(expected).mean()
    assert difference.max() < 0.01  # the floor below constant windows is all that knows units


def test_a_constant_window_gives_finite_scores(splits: Splits, prepared: keras.Model) -> None:
    rows = {name: np.ones_like(values) for name, values in _rows(splits).items()}
    assert np.isfinite(_scores(splits, prepared, rows)).all()


def test_the_preprocessing_reloads_with_its_fitted_weights(
    splits: Splits, prepared: keras.Model, tmp_path: Path
) -> None:
    prepared.save(tmp_path / "preprocess.keras")
    reloaded: Any = keras.saving.load_model(tmp_path / "preprocess.keras")
    first, second = prepared(dict(_rows(splits))), reloaded(dict(_rows(splits)))
    assert all(np.array_equal(np.asarray(first[name]), np.asarray(second[name])) for name in first)


def test_the_model_reloads(splits: Splits, prepared: keras.Model, tmp_path: Path) -> None:
    model = build_model(_CONFIG, splits.target)
    model.save(tmp_path / "model.keras")
    tensors = prepared(dict(_rows(splits)))
    assert np.array_equal(
        np.asarray(model(tensors)),
        np.asarray(keras.saving.load_model(tmp_path / "model.keras")(tensors)),
    )


def test_a_model_for_classes_is_refused() -> None:
    with pytest.raises(ContractError, match="received the target 'categories'"):
        build_model(_CONFIG, Categories(names=("a", "b")))
