from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.errors import CheckpointError
from shared.training.checkpoints.state import (
    averaged_weights,
    capture_variables,
    restore_variables,
    storable,
    unstorable,
)


def make_model(optimizer: keras.optimizers.Optimizer | None = None, units: int = 3) -> keras.Model:
    layers = [
        keras.layers.Dense(units),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.5, seed=1),
        keras.layers.Dense(1),
    ]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(optimizer or keras.optimizers.AdamW(0.1, use_ema=True), "mse", metrics=["mae"])
    return model


def train(model: keras.Model, num_steps: int = 2) -> None:
    rows = np.random.default_rng(0).normal(size=(num_steps * 8, 4)).astype(np.float32)
    for batch in np.split(rows, num_steps):
        model.train_on_batch(batch, batch[:, :1])


def test_a_restored_model_goes_on_as_the_captured_one_would() -> None:
    one, other = make_model(), make_model()
    train(one)
    captured = capture_variables(one)
    train(one)
    train(other)  # Keras makes optimizer and metrics on first use
    restore_variables(other, captured)
    train(other)
    expected, found = capture_variables(one), capture_variables(other)
    assert expected.keys() == found.keys()
    for key in expected:
        np.testing.assert_array_equal(found[key], expected[key], err_msg=key)


@pytest.mark.parametrize(
    ("what", "group", "shapes"),
    [
        (
            "weights and running statistics",
            "network",
            [(4, 3), (3,), (3,), (3,), (3,), (3,), (2,), (3, 1), (1,)],
        ),
        ("steps, learning rate, averages, moments", "optimizer", None),
        ("loss and error within the epoch", "metrics", [(), (), (), ()]),
    ],
)
def test_every_group_is_captured(
    what: str, group: str, shapes: list[tuple[int, ...]] | None
) -> None:
    model = make_model()
    train(model)
    found = [
        array.shape
        for key, array in capture_variables(model).items()
        if key.startswith(f"{group}/")
    ]
    assert found == shapes if shapes is not None else len(found) == 2 + 6 + 12, what


def test_the_loss_scale_is_captured() -> None:
    model = make_model(
        keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.1), initial_scale=1024.0)
    )
    train(model)
    assert 1024.0 in [
        float(array)
        for key, array in capture_variables(model).items()
        if key.startswith("optimizer/") and array.ndim == 0
    ]


def test_draws_without_a_seed_of_their_own_are_captured() -> None:
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    model = make_model()
    train(model)
    keras.random.normal((1,))
    captured = capture_variables(model)
    expected = keras.ops.convert_to_numpy(keras.random.normal((3,)))
    restore_variables(model, captured)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(keras.random.normal((3,))), expected)
    keras.utils.clear_session()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: make_model(units=5),
            r"network/0000 has the shape \(4, 3\), this model's '.*' has \(4, 5\)",
        ),
        (
            lambda: make_model(keras.optimizers.SGD(0.1)),
            r"holds 33 variables, this model has 15; .* 'optimizer/0002'",
        ),
    ],
)
def test_another_model_is_refused_in_words(make: Callable[[], keras.Model], message: str) -> None:
    model, other = make_model(), make()
    train(model)
    train(other)
    with pytest.raises(CheckpointError, match=message):
        restore_variables(other, capture_variables(model))


def test_averages_stand_in_for_what_is_averaged_and_statistics_stay() -> None:
    model = make_model(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    train(model, num_steps=3)
    averages = iter(
        keras.ops.convert_to_numpy(variable) for variable in model.optimizer.variables[2:]
    )
    for found, variable in zip(averaged_weights(model), model.weights, strict=True):
        expected = next(averages) if variable.trainable else keras.ops.convert_to_numpy(variable)
        np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(averaged_weights(model)[0], model.get_weights()[0])


def test_without_averaging_the_weights_are_themselves() -> None:
    model = make_model(keras.optimizers.SGD(0.1))
    train(model)
    for found, expected in zip(averaged_weights(model), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int64", "bool"])
def test_every_dtype_finds_its_way_back(dtype: str) -> None:
    variable = keras.Variable(tf.cast([0, 1, 1], dtype), dtype=dtype)
    value = keras.ops.convert_to_numpy(variable)
    stored = storable(value)
    assert stored.dtype.kind in "biuf"
    np.testing.assert_array_equal(unstorable(stored, variable), value)
