from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.config import TrainConfig
from shared.training.compiled_model import ReplicaInvariantAdamW
from shared.training.distribution.strategy import make_strategy
from tests.shared.training.tiny_training import (
    NUM_STEPS,
    Recorder,
    batches,
    fit_tiny,
    make_network,
    make_tiny,
    weights_of,
)

STRATEGIES = ("single", "mirrored")


def scope(strategy: str) -> Any:
    return make_strategy(TrainConfig().model_copy(update={"strategy": strategy})).scope()


@pytest.fixture(scope="module")
def plain() -> Any:
    """Weights after two epochs on one replica, one step at a time."""
    return weights_of(fit_tiny("single"))


@pytest.mark.parametrize(
    ("strategy", "options"),
    [
        pytest.param("mirrored", {}, marks=pytest.mark.slow),
        ("single", {"gradient_accumulation": 4}),
        pytest.param("mirrored", {"gradient_accumulation": 2}, marks=pytest.mark.slow),
        ("single", {"steps_per_execution": 4}),
        pytest.param("mirrored", {"steps_per_execution": 4}, marks=pytest.mark.slow),
        ("mirrored", {"steps_per_execution": 100, "gradient_accumulation": 8}),
        ("single", {"jit": True}),
        ("mirrored", {"jit": True, "gradient_accumulation": 2}),
    ],
    ids=str,
)
def test_the_same_model_comes_out(strategy: str, options: dict[str, Any], plain: Any) -> None:
    np.testing.assert_allclose(weights_of(fit_tiny(strategy, **options)), plain, atol=2e-6)


@pytest.mark.parametrize(
    ("strategy", "options"),
    [
        pytest.param("mirrored", {}, marks=pytest.mark.slow),
        pytest.param("single", {"gradient_accumulation": 4}, marks=pytest.mark.slow),
        ("mirrored", {"gradient_accumulation": 2}),
    ],
    ids=str,
)
def test_the_gradient_has_the_size_of_the_whole_batchs(
    strategy: str, options: dict[str, Any]
) -> None:
    # Adam divides a gradient by its size, and clipping cuts it: with a large epsilon and no
    # clipping a wrong size shows.
    whole, cut = (
        weights_of(
            fit_tiny(
                name, epochs=1, optimizer=lambda: ReplicaInvariantAdamW(0.5, epsilon=1.0), **given
            )
        )
        for name, given in (("single", {}), (strategy, options))
    )
    np.testing.assert_allclose(cut, whole, atol=2e-6)


def test_on_one_replica_it_is_what_keras_trains(plain: Any) -> None:
    model = make_network()
    optimizer = keras.optimizers.AdamW(
        0.05, epsilon=1e-3, global_clipnorm=0.3, weight_decay=0.01, use_ema=True, ema_momentum=0.5
    )
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(
        batches(16 * NUM_STEPS, 16).repeat(),
        steps_per_epoch=NUM_STEPS,
        epochs=2,
        shuffle=False,
        verbose=0,
    )
    # Keras replaces the weights by their averages when fit ends; so does the trainable.
    theirs = np.concatenate([np.ravel(weight) for weight in model.get_weights()])
    np.testing.assert_allclose(theirs, plain[: theirs.size], atol=2e-6)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_callbacks_are_called_once_per_execution_with_the_batches_that_it_ran(
    strategy: str,
) -> None:
    recorder = Recorder()
    trainable = fit_tiny(strategy, epochs=2, steps_per_execution=4, callbacks=[recorder])
    assert (recorder.begins, recorder.ends) == ([0, 4, 0, 4], [3, 5, 3, 5])
    assert trainable.optimizer.iterations.numpy() == 2 * NUM_STEPS


@pytest.mark.parametrize(
    "num_val",
    [
        pytest.param(37, id="uneven", marks=pytest.mark.slow),
        pytest.param(33, id="one_replica_has_no_row"),
    ],
)
def test_validation_counts_every_row_once(num_val: int) -> None:
    logs = []
    for strategy in STRATEGIES:
        recorder = Recorder()
        fit_tiny(strategy, epochs=1, num_val=num_val, callbacks=[recorder])
        logs.append(recorder.epoch_logs[0])
    assert logs[0].keys() == {"loss", "accuracy", "top2", "val_loss", "val_accuracy", "val_top2"}
    for name, value in logs[0].items():
        assert logs[1][name] == pytest.approx(value, rel=1e-6), name


def test_logs_of_a_batch_count_rows_not_replicas() -> None:
    logs = []
    for strategy in STRATEGIES:
        recorder = Recorder()
        fit_tiny(strategy, epochs=1, callbacks=[recorder])
        logs.append([one["loss"] for one in recorder.batch_logs])
    np.testing.assert_allclose(logs[1], logs[0], rtol=1e-6)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_epoch_resumed_in_its_middle_ends_as_if_never_interrupted(strategy: str) -> None:
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = batch == 3

    data = batches(16 * NUM_STEPS, 16)
    options: dict[str, Any] = {"steps_per_epoch": NUM_STEPS, "shuffle": False, "verbose": 0}
    whole, rest = Recorder(), Recorder()
    ends = []
    for interrupted in (False, True):
        with scope(strategy):
            # Averages would take the place of the weights at the interruption, when fit ends.
            trainable = make_tiny(
                steps_per_execution=2, optimizer=lambda: ReplicaInvariantAdamW(0.05, epsilon=1e-3)
            )
            if interrupted:
                trainable.fit(data.repeat(), callbacks=[Interrupt()], **options)
                trainable.resume_at(4)
            later = data.repeat().skip(4 if interrupted else 0)
            recorder = rest if interrupted else whole
            trainable.fit(later, epochs=2, callbacks=[recorder], **options)
            ends.append(weights_of(trainable))
    np.testing.assert_array_equal(ends[1], ends[0])
    assert (rest.begins, rest.ends) == ([4, 0, 2, 4], [5, 1, 3, 5])
    assert rest.epoch_logs == whole.epoch_logs


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_variables_without_a_gradient_stay(strategy: str) -> None:
    with scope(strategy):
        inputs = keras.Input((4,))
        embedding = keras.layers.Embedding(3, 2)
        unused = embedding(keras.ops.cast(keras.ops.stop_gradient(inputs[:, 0] > 0), "int32"))
        scores = keras.layers.Dense(4)(
            keras.ops.concatenate([inputs, keras.ops.stop_gradient(unused)], axis=-1)
        )
        trainable = make_tiny(network=keras.Model(inputs, scores))
        before = embedding.embeddings.numpy()
        trainable.fit(batches(32, 16), epochs=1, shuffle=False, verbose=0)
    np.testing.assert_array_equal(np.asarray(embedding.embeddings), before)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_infinite_gradient_on_one_replica_skips_the_step_on_all(strategy: str) -> None:
    points = np.ones((4, 4), np.float32)
    points[3] = np.inf  # a row of the last replica
    with scope(strategy):
        trainable = make_tiny(
            optimizer=lambda: keras.optimizers.LossScaleOptimizer(
                ReplicaInvariantAdamW(0.05), initial_scale=64.0
            )
        )
        before = trainable.network.get_weights()
        trainable.fit(
            tf.data.Dataset.from_tensors((points, np.zeros(4, np.int32))), shuffle=False, verbose=0
        )
    for old, new in zip(before, trainable.network.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)
    assert trainable.optimizer.dynamic_scale.numpy() == 32.0


def test_what_is_saved_is_the_network() -> None:
    trainable = fit_tiny("mirrored", epochs=1, gradient_accumulation=2)
    assert len(trainable.network.weights) == len(trainable.weights) == len(make_network().weights)
