from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from shared.model.blend import blended_model
from shared.model.last_features import with_last_features
from shared.targets import Categories, Horizon, Target

_CLASSES = Categories(names=("a", "b", "c"))
_STEPS = Horizon(
    steps=3, channels=("x",), unit="m", quantiles=(0.5,), step_seconds=1, season_steps=1
)


def _network(target: Target) -> keras.Model:
    row = keras.Input((4,), name="row")
    hidden = keras.layers.Dense(8, activation="tanh")(row)
    scores = keras.layers.Dense(int(np.prod(target.shape)), dtype=target.score_dtype)(hidden)
    return keras.Model({"row": row}, keras.layers.Reshape(target.shape)(scores))


def _floor(target: Target) -> keras.Model:
    tensor = keras.Input(target.shape, dtype=target.score_dtype, name="floor")
    return keras.Model([tensor], 2.0 * tensor, name="floor_of_it")


def _tensors(target: Target) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    return {
        "floor": generator.normal(size=(5, *target.shape)).astype(target.score_dtype),
        "row": generator.normal(size=(5, 4)).astype(np.float32),
        "unread": np.zeros((5, 2), np.float32),
    }


def _both(target: Target, weight: float) -> tuple[Any, Any, keras.Model]:
    network = _network(target)
    tensors = _tensors(target)
    alone = np.asarray(network({"row": tensors["row"]}))
    return alone, 2.0 * tensors["floor"], blended_model(network, _floor(target), target, weight)


def test_classes_are_blended_as_probabilities() -> None:
    alone, floor, model = _both(_CLASSES, 0.3)
    scores = np.asarray(model(_tensors(_CLASSES)))
    expected = 0.3 * softmax(alone, axis=1) + 0.7 * softmax(floor, axis=1)
    assert np.allclose(softmax(scores, axis=1), expected, atol=1e-6)
    energy = 0.3 * logsumexp(alone, axis=1) + 0.7 * logsumexp(floor, axis=1)
    assert np.allclose(logsumexp(scores, axis=1), energy, atol=1e-5)


def test_forecasts_are_blended_as_numbers() -> None:
    alone, floor, model = _both(_STEPS, 0.3)
    scores = np.asarray(model(_tensors(_STEPS)))
    assert np.allclose(scores, 0.3 * alone + 0.7 * floor)
    assert scores.dtype == np.float64


@pytest.mark.parametrize("target", [_CLASSES, _STEPS])
def test_the_ends_are_the_parts_alone(target: Target) -> None:
    for weight in (0.0, 1.0):
        alone, floor, model = _both(target, weight)
        scores = np.asarray(model(_tensors(target)))
        assert np.array_equal(scores, alone if weight else floor)
        assert bool(model.count_params()) is bool(weight)


def test_a_blend_keeps_the_features_of_its_network() -> None:
    _, _, model = _both(_CLASSES, 0.5)
    both = with_last_features(model)
    assert both is not None
    assert both(_tensors(_CLASSES))[1].shape == (5, 8)


@pytest.mark.parametrize("target", [_CLASSES, _STEPS])
def test_a_blend_comes_back_from_its_file(target: Target, tmp_path: Path) -> None:
    _, _, model = _both(target, 0.5)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(again(_tensors(target)), model(_tensors(target)))
