from __future__ import annotations

from typing import get_args

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from shared.explain.checks.randomised_weights import randomised
from shared.model.trained_model import TrainedModel
from shared.run.artefacts.explanations.checks import RandomisedPart


def _model() -> TrainedModel:
    keras.utils.set_random_seed(0)
    signal = keras.Input((6,), name="signal")
    scaled = keras.layers.Normalization(mean=np.arange(6.0), variance=np.ones(6))
    prepare = keras.Model({"signal": signal}, {"signal": keras.layers.Dense(6)(scaled(signal))})
    inputs = keras.Input((6,), name="signal")
    hidden = keras.layers.Dense(8, activation="tanh", name="hidden")(inputs)
    network = keras.Model({"signal": inputs}, keras.layers.Dense(3, name="last")(hidden))
    return TrainedModel(prepare, prepare, network)


def _weights(model: TrainedModel) -> list[NDArray[np.float32]]:
    return [weight.numpy() for weight in (*model.model.weights, *model.preprocess.weights)]


def _changed(model: TrainedModel, part: RandomisedPart) -> int:
    before = _weights(model)
    with randomised(model, part, seed=0):
        inside = _weights(model)
    return sum(not np.array_equal(a, b) for a, b in zip(before, inside, strict=True))


def test_parts_grow_from_the_output_to_all_that_was_fitted() -> None:
    model = _model()
    counts = [_changed(model, part) for part in get_args(RandomisedPart)]
    assert counts == sorted(counts)
    assert counts[0] == 1  # a bias of zeros stays one
    assert counts[-1] > counts[-2]


def test_afterwards_the_model_is_as_it_was_also_after_a_failure() -> None:
    model = _model()
    before = _weights(model)
    row = {"signal": np.ones((1, 6), np.float32)}
    scores = model.score_rows(row)
    with pytest.raises(ZeroDivisionError), randomised(model, "whole network", seed=0):
        assert not np.allclose(model.score_rows(row), scores)
        raise ZeroDivisionError
    assert all(np.array_equal(a, b) for a, b in zip(before, _weights(model), strict=True))
    assert np.array_equal(model.score_rows(row), scores)


def test_shuffled_weights_have_the_same_sizes() -> None:
    model = _model()
    kernel = model.model.get_layer("hidden").kernel
    before = np.sort(kernel.numpy().ravel())
    with randomised(model, "whole network", seed=0):
        assert np.array_equal(np.sort(kernel.numpy().ravel()), before)
