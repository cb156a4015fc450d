from __future__ import annotations

import keras
import numpy as np
import pytest

from shared.errors import ContractError
from shared.floors.linear import ABSENT, LinearScores
from shared.floors.scores import FLOOR_LOGITS, floor_model, linear_logits
from shared.model.last_features import with_last_features
from shared.model.named_inputs import reading_by_name
from shared.targets import Categories, Horizon

_TARGET = Categories(names=("a", "b", "c"))
_ROW = {"row": np.ones((2, 4), np.float32), FLOOR_LOGITS: np.array([[1.0, 2.0]] * 2, np.float32)}


def _floor() -> keras.Model:
    row = keras.Input((4,), name="row")
    return floor_model(_TARGET, "linear", {"row": row}, 2.0 * row)


def test_classes_that_training_lacks_are_nearly_impossible() -> None:
    scores = np.asarray(reading_by_name(_floor())(_ROW))
    assert scores.tolist() == [[1.0, 2.0, ABSENT]] * 2


def test_a_floor_has_the_features_that_it_tells() -> None:
    both = with_last_features(reading_by_name(_floor()))
    assert both is not None
    scores, features = both(_ROW)
    assert np.all(np.asarray(features) == 2.0)
    assert scores.shape == (2, 3)


def test_fixed_weights_give_the_logits() -> None:
    weights = np.arange(8.0, dtype=np.float32).reshape(4, 2)
    row = keras.Input((4,), name="row")
    fitted = LinearScores(weights, np.array([0.5, -0.5], np.float32), 1.0)
    model = keras.Model([row], linear_logits(row, fitted))
    assert np.allclose(model(_ROW), _ROW["row"] @ weights + fitted.bias)
    assert not model.trainable_variables


def test_a_forecast_has_no_floor_of_classes() -> None:
    horizon = Horizon(steps=1, channels=("x",), unit="m", step_seconds=1, season_steps=1)
    row = keras.Input((4,), name="row")
    with pytest.raises(ContractError, match="tells classes apart, received the target 'horizon'"):
        floor_model(horizon, "linear", {"row": row}, row)
