from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from shared.training.best_epoch import AveragedWeights, BestEpoch
from shared.training.checkpoints.state import averaged_weights


def make_model(*, use_ema: bool = True) -> keras.Model:
    """Trained for a few steps, so that the averages are not the weights."""
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(64),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(0.1, use_ema=use_ema, ema_momentum=0.9), "mse")
    rows = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    for _ in range(5):
        model.train_on_batch(rows, rows[:, :1])
    return model


def attached(callback: keras.callbacks.Callback, model: keras.Model) -> Any:
    callback.set_model(model)
    return callback


def changed_by_validation(
    callback: keras.callbacks.Callback, model: keras.Model
) -> list[NDArray[Any]]:
    """What a validation adds to each weight."""
    before = model.get_weights()
    attached(callback, model).on_test_begin()
    callback.on_test_end()
    return [after - weight for after, weight in zip(model.get_weights(), before, strict=True)]


def test_validation_sees_the_averages_and_leaves_the_weights_to_the_last_bit() -> None:
    model = make_model()
    averages = averaged_weights(model)
    callback = attached(AveragedWeights(), model)
    callback.on_test_begin()
    for seen, average in zip(model.get_weights(), averages, strict=True):
        np.testing.assert_array_equal(seen, average)
    callback.on_test_end()
    assert not any(
        difference.any() for difference in changed_by_validation(AveragedWeights(), model)
    )


def test_keras_own_exchange_changes_the_weights() -> None:
    # Why the class exists. If this fails, Keras has mended it and the class can go.
    assert any(
        difference.any()
        for difference in changed_by_validation(keras.callbacks.SwapEMAWeights(), make_model())
    )


def after_losses(
    *losses: float, patience_epochs: int = 2, model: keras.Model | None = None
) -> BestEpoch:
    model = make_model(use_ema=False) if model is None else model
    model.stop_training = False
    best: BestEpoch = attached(BestEpoch(patience_epochs), model)
    for epoch, loss in enumerate(losses):
        best.on_epoch_end(epoch, {"val_loss": loss})
    return best


@pytest.mark.parametrize(
    ("losses", "epoch", "is_over"),
    [
        ((0.5, 0.4, 0.3), 2, False),
        ((0.5, 0.6), 0, False),
        ((0.5, 0.6, 0.7), 0, True),
        ((0.5, 0.5, 0.5), 0, True),
        ((0.5, 0.6, 0.4, 0.6), 2, False),
        ((math.nan, 0.9), 1, False),
        ((math.nan, math.nan), None, True),
    ],
)
def test_the_lowest_loss_is_remembered_and_patience_counts_from_it(
    losses: tuple[float, ...], epoch: int | None, is_over: bool
) -> None:
    best = after_losses(*losses)
    assert (best.epoch, best.is_over, best.model.stop_training) == (epoch, is_over, is_over)


def test_the_weights_of_the_best_epoch_are_put_back() -> None:
    model = make_model(use_ema=False)
    expected = model.get_weights()
    best = after_losses(0.5, model=model)
    model.set_weights([weight + 1.0 for weight in expected])
    best.on_epoch_end(1, {"val_loss": 0.6})
    best.put_into(model)
    for found, weight in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(found, weight)


def test_without_a_best_epoch_the_model_keeps_its_weights() -> None:
    model = make_model(use_ema=False)
    expected = model.get_weights()
    after_losses(math.nan, model=model).put_into(model)
    np.testing.assert_array_equal(model.get_weights()[0], expected[0])


def test_of_averaged_weights_it_is_the_averages_that_are_remembered() -> None:
    model = make_model()
    best = after_losses(0.5, model=model)
    assert best.weights is not None
    for found, average in zip(best.weights, averaged_weights(model), strict=True):
        np.testing.assert_array_equal(found, average)


def test_what_it_remembers_can_be_put_into_another() -> None:
    one, other = after_losses(0.5, 0.6), BestEpoch(2)
    other.restore(one.state())
    assert other.state() == one.state() == {"loss": 0.5, "epoch": 0, "epochs_waited": 1}
