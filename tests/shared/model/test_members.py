from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import entropy

from shared.model.blend import blended_model
from shared.model.last_features import with_last_features
from shared.model.members import averaged_network, find_spread
from shared.targets import Categories, Horizon, Target

_CLASSES = Categories(names=("a", "b", "c"))
_STEPS = Horizon(
    steps=3, channels=("x",), unit="m", quantiles=(0.5,), step_seconds=1, season_steps=1
)
_ROWS = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
_TENSORS = {"row": _ROWS, "unread": np.zeros((5, 2), np.float32)}


def _network(target: Target, *, features: bool = True) -> keras.Model:
    row = keras.Input((4,), name="row")
    hidden: Any = keras.layers.Dense(8, activation="tanh", name="hidden")(row) if features else row
    size = int(np.prod(target.shape))
    last: Any = keras.layers.Dense(size, name="last", dtype=target.score_dtype)
    if not features:
        last = keras.layers.EinsumDense("ab,bc->ac", (size,), dtype=target.score_dtype)
    scores = keras.layers.Reshape(target.shape)(last(hidden))
    return keras.Model({"row": row}, scores, name="net")


def _three(target: Target, **options: bool) -> tuple[list[keras.Model], Any, keras.Model]:
    networks = [_network(target, **options) for _ in range(3)]
    alone = np.stack([np.asarray(each({"row": _ROWS})) for each in networks])
    return networks, alone, averaged_network(networks, target)


def test_classes_are_averaged_as_probabilities() -> None:
    _, alone, model = _three(_CLASSES)
    scores = np.asarray(blended_model(model, None, _CLASSES, 1.0)(_TENSORS))
    assert np.allclose(softmax(scores, axis=1), softmax(alone, axis=2).mean(axis=0), atol=1e-6)
    assert np.allclose(logsumexp(scores, axis=1), logsumexp(alone, axis=2).mean(axis=0), atol=1e-5)


def test_each_member_reads_its_inputs_by_name_whatever_their_order() -> None:
    last, row = keras.Input((3,), name="z_last"), keras.Input((3,), name="a_first")
    networks = [keras.Model([last, row], last * factor - row) for factor in (2.0, 4.0)]
    model = blended_model(averaged_network(networks, _STEPS), None, _STEPS, 1.0)
    tensors = {"a_first": np.ones((1, 3)), "z_last": np.full((1, 3), 5.0)}
    assert np.allclose(model(tensors), 14.0)


def test_forecasts_are_averaged_as_numbers() -> None:
    _, alone, model = _three(_STEPS)
    scores = np.asarray(blended_model(model, None, _STEPS, 1.0)(_TENSORS))
    assert np.allclose(scores, alone.mean(axis=0))
    assert scores.dtype == np.float64


def test_features_are_those_of_the_first_member() -> None:
    networks, _, model = _three(_CLASSES)
    told, first = with_last_features(model), with_last_features(networks[0])
    assert told is not None
    assert first is not None
    scores, features = told({"row": _ROWS})
    assert np.array_equal(features, first({"row": _ROWS})[1])
    assert np.array_equal(scores, model({"row": _ROWS}))


def _spread(model: keras.Model) -> Any:
    tensor = find_spread(model)
    assert tensor is not None
    return np.asarray(keras.Model(model.input, tensor)({"row": _ROWS}))


def test_the_spread_of_classes_is_the_mutual_information_of_class_and_member() -> None:
    _, alone, model = _three(_CLASSES)
    each = softmax(alone.astype(np.float64), axis=2)
    expected = entropy(each.mean(axis=0), axis=1) - entropy(each, axis=2).mean(axis=0)
    np.testing.assert_allclose(_spread(model), expected, atol=1e-6)
    assert (_spread(model) > 1e-3).all()


def test_the_spread_of_forecasts_is_the_deviation_of_the_expected_values() -> None:
    _, alone, model = _three(_STEPS)
    np.testing.assert_allclose(_spread(model), alone[..., 0].std(axis=0), rtol=1e-5)
    assert _spread(model).shape == (5, 3, 1)


def test_members_that_agree_have_no_spread_and_a_blend_keeps_that_of_its_network() -> None:
    network = _network(_CLASSES)
    floor = keras.Input((3,), name="floor")
    baseline = keras.Model([floor], keras.layers.Identity()(floor))
    model = blended_model(averaged_network([network] * 3, _CLASSES), baseline, _CLASSES, 0.5)
    told = keras.Model(model.input, find_spread(model))
    np.testing.assert_allclose(told({"row": _ROWS, "floor": np.ones((5, 3))}), 0.0, atol=1e-7)
    assert find_spread(network) is None


def test_members_without_features_are_averaged_all_the_same() -> None:
    _, alone, model = _three(_STEPS, features=False)
    assert with_last_features(model) is None
    assert np.allclose(model({"row": _ROWS}), alone.mean(axis=0))


def test_a_single_member_is_the_network_itself() -> None:
    network = _network(_CLASSES)
    assert averaged_network([network], _CLASSES) is network


@pytest.mark.parametrize("target", [_CLASSES, _STEPS])
def test_the_mean_comes_back_from_its_file(target: Target, tmp_path: Path) -> None:
    _, _, model = _three(target)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(again({"row": _ROWS}), model({"row": _ROWS}))
