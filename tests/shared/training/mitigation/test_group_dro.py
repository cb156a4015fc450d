from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.training.checkpoints import store as training_store
from shared.training.checkpoints.state import capture_variables, restore_variables
from shared.training.compiled_model import ReplicaInvariantAdamW
from shared.training.distribution.strategy import make_strategy
from shared.training.mitigation.group_dro import GroupDroModel, WorstGroupLoss
from shared.training.trainable import TrainableModel
from tests.shared.training.interrupted import PowerCutError, Training
from tests.shared.training.tiny_training import Recorder, make_network, rows, weights_of

ETA = 0.5
RESUMED = (
    "train.epochs=2",
    "train.mitigation=group_dro",
    "train.mitigated_attribute=instrument",
    "train.group_dro_step_size=0.5",
)


def batches(batch_size: int, codes: NDArray[np.int32]) -> tf.data.Dataset:
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return (
        tf.data.Dataset.from_tensor_slices((*rows(len(codes)), codes))
        .batch(batch_size)
        .with_options(options)
    )


def make_model(network: Any = None, **options: Any) -> GroupDroModel:
    model = GroupDroModel(network or make_network(), num_groups=3, step_size=ETA, **options)
    model.compile(
        ReplicaInvariantAdamW(0.05, epsilon=1e-3, global_clipnorm=0.3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return model


def codes_of(count: int) -> NDArray[np.int32]:
    """Mostly group 0, some of 1 and 2, some of nobody's; some batches lack a group."""
    return np.random.default_rng(5).choice(
        np.array([0, 1, 2, -1], np.int32), size=count, p=[0.6, 0.15, 0.1, 0.15]
    )


def fit(strategy: str, *, num_val: int = 37, recorder: Recorder | None = None) -> GroupDroModel:
    with make_strategy(TrainConfig().model_copy(update={"strategy": strategy})).scope():
        model = make_model()
        callbacks = [recorder] if recorder is not None else []
        data, val = batches(16, codes_of(96)), batches(16, codes_of(num_val))
        model.fit(
            data, validation_data=val, epochs=2, callbacks=callbacks, shuffle=False, verbose=0
        )
    return model


def by_hand(network: Any, points: Any, classes: Any) -> tuple[Any, Any]:
    """Weights of the groups and gradient, where 9 rows are of group 0, 4 of group 1, 3 of none."""
    with tf.GradientTape() as tape:
        each = keras.losses.sparse_categorical_crossentropy(
            classes, network(points), from_logits=True
        )
        first, second = tf.reduce_mean(each[:9]), tf.reduce_mean(each[9:13])
        raised = np.exp(ETA * np.array([float(first), float(second), 0.0]))
        q = raised / raised.sum()
        robust = q[0] * first + q[1] * second
        # rows of no group count by their share
        objective = 13 / 16 * robust + 3 / 16 * tf.reduce_mean(each[13:])
    return q, tape.gradient(objective, network.weights)


def test_a_step_is_that_of_algorithm_1() -> None:
    points, classes = rows(16)
    codes = np.array([0] * 9 + [1] * 4 + [-1] * 3, np.int32)  # group 2 is absent
    network = make_network()
    q, gradient = by_hand(network, points, classes)
    pairs = zip(network.get_weights(), gradient, strict=True)
    expected = [weight - 0.1 * step for weight, step in pairs]
    model = GroupDroModel(network, num_groups=3, step_size=ETA)
    model.compile(
        ReplicaFreeSgd(0.1),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    model.fit(tf.data.Dataset.from_tensors((points, classes, codes)), shuffle=False, verbose=0)
    np.testing.assert_allclose(model.group_weights, q, rtol=1e-5)
    for found, weight in zip(network.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, weight, atol=1e-6)


class ReplicaFreeSgd(keras.optimizers.SGD):
    """Steps whose size is the gradient's, so that a wrong size shows."""


@pytest.mark.parametrize(
    "num_val",
    [
        pytest.param(37, id="uneven", marks=pytest.mark.slow),
        pytest.param(33, id="one_replica_has_no_row"),
    ],
)
def test_two_replicas_train_and_validate_as_one_does(num_val: int) -> None:
    recorders = [Recorder(), Recorder()]
    one, two = (
        fit(name, num_val=num_val, recorder=recorder)
        for name, recorder in zip(("single", "mirrored"), recorders, strict=True)
    )
    np.testing.assert_allclose(weights_of(two), weights_of(one), atol=2e-6)
    np.testing.assert_allclose(two.group_weights, one.group_weights, rtol=1e-5)
    assert recorders[0].epoch_logs[0].keys() == {
        "loss",
        "worst_group_loss",
        "val_loss",
        "val_worst_group_loss",
    }
    for name, value in recorders[0].epoch_logs[1].items():
        assert recorders[1].epoch_logs[1][name] == pytest.approx(value, rel=1e-5), name


def test_the_worst_group_of_validation_is_the_worst_over_all_its_rows() -> None:
    recorder = Recorder()
    model = fit("single", recorder=recorder)
    points, classes = rows(37)
    codes = codes_of(37)
    losses = keras.losses.sparse_categorical_crossentropy(
        classes, model.network(points), from_logits=True
    ).numpy()
    assert recorder.epoch_logs[-1]["val_worst_group_loss"] == pytest.approx(
        max(losses[codes == code].mean() for code in range(3)), rel=1e-5
    )
    assert recorder.epoch_logs[-1]["val_loss"] == pytest.approx(losses.mean(), rel=1e-5)


def test_a_worst_group_needs_a_row() -> None:
    metric = WorstGroupLoss(2)
    assert math.isnan(metric.result())
    metric.update_state(tf.constant([3.0, 9.0]), tf.constant([[1.0, 0.0], [0.0, 0.0]]))
    assert float(metric.result()) == 3.0


def minority_problem(seed: int) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """A first coordinate that tells the class of 95 % of the rows and misleads about the others.

    A second tells all, faintly.
    """
    generator = np.random.default_rng(seed)
    classes = generator.integers(0, 2, 800).astype(np.int32)
    codes = (generator.random(800) < 0.05).astype(np.int32)
    sign = 2.0 * classes - 1.0
    shortcut = np.where(codes == 1, -sign, sign) + generator.normal(scale=0.3, size=800)
    honest = 0.5 * sign + generator.normal(scale=0.5, size=800)
    return np.stack([shortcut, honest], axis=1).astype(np.float32), classes, codes


def worst_loss(robust: bool) -> float:
    points, classes, codes = minority_problem(0)
    keras.utils.set_random_seed(1)
    inputs = keras.Input((2,))
    network = keras.Model(inputs, keras.layers.Dense(2, dtype="float32")(inputs))
    model: TrainableModel = (
        GroupDroModel(network, num_groups=2, step_size=0.1) if robust else TrainableModel(network)
    )
    model.compile(
        ReplicaInvariantAdamW(0.05),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    data = (points, classes, codes) if robust else (points, classes)
    model.fit(
        tf.data.Dataset.from_tensor_slices(data).batch(100), epochs=30, shuffle=False, verbose=0
    )
    points, classes, codes = minority_problem(1)
    losses = keras.losses.sparse_categorical_crossentropy(
        classes, network(points), from_logits=True
    ).numpy()
    return float(max(losses[codes == code].mean() for code in (0, 1)))


def test_the_worst_group_fares_better_than_with_the_mean_loss() -> None:
    assert worst_loss(robust=True) < 0.5 * worst_loss(robust=False)


def test_the_weight_of_the_group_that_fares_worse_grows() -> None:
    points, classes, codes = minority_problem(0)
    classes = np.where(codes == 1, np.arange(800) % 2, classes).astype(
        np.int32
    )  # nobody can learn those
    model = GroupDroModel(
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), num_groups=2, step_size=0.1
    )
    model.compile(
        ReplicaInvariantAdamW(0.05),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    model.fit(
        tf.data.Dataset.from_tensor_slices((points, classes, codes)).batch(100),
        epochs=5,
        shuffle=False,
        verbose=0,
    )
    assert model.group_weights.numpy()[1] > 0.6
    assert model.group_weights.numpy().sum() == pytest.approx(1.0)


def test_the_epoch_that_is_kept_is_the_best_one_for_the_worst_group(tmp_path: Path) -> None:
    outcome = Training(tmp_path, (*RESUMED, "train.epochs=5", "train.learning_rate=0.1")).run()
    worst = [row["val_worst_group_loss"] for row in outcome.rows]
    assert np.argmin(worst) != np.argmin(
        [row["val_loss"] for row in outcome.rows]
    )  # otherwise nothing is tested
    (best,) = (
        json.loads((folder / "state.json").read_text())
        for folder in (tmp_path / "checkpoints").glob("best-*")
    )
    assert best["epoch"] == np.argmin(worst)


def forget_group_weights(model: Any, arrays: dict[str, Any]) -> None:
    own = capture_variables(model)
    (name,) = (
        name
        for name, array in own.items()
        if name.startswith("network/") and array.shape == (2,) and array.dtype == np.float32
    )
    restore_variables(model, {**arrays, name: own[name]})


@pytest.mark.slow
def test_a_training_that_was_cut_ends_bit_for_bit_as_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = Training(tmp_path / "whole", RESUMED).run()
    cut, copy = (Training(tmp_path / name, RESUMED) for name in ("cut", "copy"))
    with pytest.raises(PowerCutError):
        cut.run(cut_after=5)
    shutil.copytree(cut.path, copy.path)
    assert cut.run(resume=True) == expected
    monkeypatch.setattr(
        training_store, "restore_variables", forget_group_weights
    )  # would be noticed
    assert copy.run(resume=True) != expected
