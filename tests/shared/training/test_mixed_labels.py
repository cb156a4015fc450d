from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.errors import ContractError
from shared.model.class_losses import BalancedLoss, FocalCrossEntropy, SmoothedCrossEntropy
from shared.networks.mixing import Mixture, RowMixing, collecting_mixtures
from shared.training.distribution.replicas import draw_by_replica
from shared.training.distribution.strategy import make_strategy
from shared.training.mitigation.group_dro import GroupDroModel
from shared.training.mixed_labels import Judged
from shared.training.trainable import TrainableModel
from tests.shared.training.tiny_training import rows

_RANDOM = np.random.default_rng(3)
_SCORES = _RANDOM.normal(size=(6, 3)).astype(np.float32)
_LABELS = np.array([0, 1, 2, 2, 1, 0], np.int32)
_WEIGHTS = _RANDOM.uniform(0.2, 2.0, 6).astype(np.float32)
_MIXTURE = Mixture(
    np.array([3, 2, 1, 0, 4, 1], np.int32), np.array([0.9, 0.2, 0.5, 0.4, 0.3, 1.0], np.float32)
)


def test_the_loss_is_that_of_the_mixed_label() -> None:
    soft = np.eye(3, dtype=np.float32)[_LABELS]
    share = _MIXTURE.kept[:, None]
    soft = share * soft + (1 - share) * soft[_MIXTURE.partners]
    np.testing.assert_allclose(soft.sum(axis=1), 1.0, rtol=1e-6)
    expected = keras.losses.categorical_crossentropy(
        soft, _SCORES, from_logits=True, label_smoothing=0.1
    )
    assert _loss(SmoothedCrossEntropy(3, 0.1)) == pytest.approx(float(np.mean(expected)), rel=1e-6)


@pytest.mark.parametrize(
    "loss",
    [
        FocalCrossEntropy(3, 0.1, 2.0),
        BalancedLoss(
            SmoothedCrossEntropy(3, 0.1), np.log([0.7, 0.2, 0.1]).tolist(), [0.5, 1.0, 2.0]
        ),
    ],
    ids=["focal", "class_weighted"],
)
def test_weights_of_rows_and_classes_stay_with_their_label(loss: keras.losses.Loss) -> None:
    partners, kept = _MIXTURE
    own = np.asarray(loss.call(_LABELS, _SCORES)) * _WEIGHTS
    others = np.asarray(loss.call(_LABELS[partners], _SCORES)) * _WEIGHTS[partners]
    expected = np.mean(kept * own + (1 - kept) * others)
    assert _loss(loss, _WEIGHTS) == pytest.approx(float(expected), rel=1e-6)


def test_rows_count_as_much_as_without_and_metrics_see_the_larger_label() -> None:
    judged = Judged(_MIXTURE)
    assert float(np.mean(judged.weights())) == pytest.approx(1.0)
    assert np.asarray(judged.mostly(_LABELS)).tolist() == [0, 2, 2, 0, 1, 0]


def test_rows_that_are_not_mixed_are_judged_as_they_are() -> None:
    judged = Judged.by([])
    assert judged.labels(_LABELS) is judged.mostly(_LABELS) is _LABELS
    assert judged.scores(_SCORES) is _SCORES
    assert judged.weights() is None


def test_rows_are_mixed_once() -> None:
    with pytest.raises(ContractError, match="one layer RowMixing, received 2"):
        Judged.by([_MIXTURE, _MIXTURE])


def test_a_step_follows_the_loss_of_mixed_rows_and_labels() -> None:
    points, classes = rows(16)
    network = _network()
    mixed, (partners, kept) = _mix(network, points)

    def objective(scores: Any) -> Any:
        own, others = (_entropy(labels, scores) for labels in (classes, classes[partners]))
        return tf.reduce_mean(kept * own + (1.0 - kept) * others)

    expected = _step_by_hand(network, mixed, objective)
    _fit(TrainableModel(network), (points, classes))
    np.testing.assert_allclose(network.get_weights()[0], expected, atol=1e-6)


def test_a_worst_group_counts_mixed_rows_by_their_shares() -> None:
    points, classes = rows(16)
    codes = np.array([0] * 9 + [1] * 5 + [-1] * 2, np.int32)
    network = _network()
    mixed, (partners, kept) = _mix(network, points)
    labels, shares = np.r_[classes, classes[partners]], np.r_[kept, 1.0 - kept]
    groups = np.r_[codes, codes[partners]]

    def objective(scores: Any) -> Any:
        each = _entropy(labels, tf.concat([scores, scores], axis=0)) * shares
        sums = [tf.reduce_sum(each[groups == code]) for code in (0, 1, -1)]
        sizes = [shares[groups == code].sum() for code in (0, 1, -1)]
        first, second = sums[0] / sizes[0], sums[1] / sizes[1]
        raised = np.exp(0.5 * np.array([float(first), float(second)]))
        q = raised / raised.sum()
        return ((sizes[0] + sizes[1]) * (q[0] * first + q[1] * second) + sums[2]) / 16.0

    expected = _step_by_hand(network, mixed, objective)
    _fit(GroupDroModel(network, num_groups=2, step_size=0.5), (points, classes, codes))
    np.testing.assert_allclose(network.get_weights()[0], expected, atol=1e-6)


def test_each_replica_mixes_its_own_rows_and_hears_of_no_other() -> None:
    # Synchronised normalisation lets replicas take turns between mixing and loss.
    points = rows(8)[0]
    with make_strategy(TrainConfig(strategy="mirrored")).scope():
        inputs = keras.Input((4,))
        mixed = RowMixing(mixup_alpha=1.0, seed=5)(inputs)
        normalised = keras.layers.BatchNormalization(synchronized=True)(mixed)
        network = keras.Model(inputs, [mixed, normalised])
        draw_by_replica(network)
        distribution = tf.distribute.get_strategy()

        def mix() -> tuple[Any, Mixture]:
            with collecting_mixtures() as mixtures:
                found, _ = network(tf.constant(points), training=True)
            return found, mixtures[0]

        found, mixture = tf.function(lambda: distribution.run(mix))()
    parts = [distribution.experimental_local_results(part) for part in (found, *mixture)]
    for one, partners, kept in zip(*parts, strict=True):
        share = kept.numpy()[:, None]
        np.testing.assert_allclose(one, share * points + (1 - share) * points[partners], atol=1e-6)
    assert not np.array_equal(*parts[2])


def _loss(loss: keras.losses.Loss, weights: NDArray[np.float32] | None = None) -> float:
    judged = Judged(_MIXTURE)
    labels, scores = judged.labels(_LABELS), judged.scores(_SCORES)
    return float(loss(labels, scores, sample_weight=judged.weights(weights)))


def _network() -> keras.Model:
    keras.utils.set_random_seed(7)
    inputs = keras.Input((4,))
    mixed = RowMixing(mixup_alpha=1.0, seed=5, name="mixing")(inputs)
    scores = keras.layers.Dense(4, use_bias=False, dtype="float32")(mixed)
    return keras.Model(inputs, scores)


def _mix(network: keras.Model, points: NDArray[Any]) -> tuple[Any, Mixture]:
    """What the network will mix in its first step."""
    layer = network.get_layer("mixing")
    with collecting_mixtures() as mixtures:
        mixed = type(layer).from_config(layer.get_config())(points, training=True)
    partners, kept = mixtures[0]
    assert 0.1 < float(np.mean(kept)) < 0.9
    return mixed, Mixture(np.asarray(partners), np.asarray(kept))


def _entropy(labels: Any, scores: Any) -> Any:
    return keras.losses.sparse_categorical_crossentropy(labels, scores, from_logits=True)


def _step_by_hand(network: keras.Model, mixed: Any, objective: Any) -> Any:
    (kernel,) = network.trainable_variables
    with tf.GradientTape() as tape:
        loss = objective(mixed @ kernel.value)
    return kernel.numpy() - 0.1 * tape.gradient(loss, kernel.value).numpy()


def _fit(trainable: TrainableModel, data: tuple[Any, ...]) -> None:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    trainable.compile(keras.optimizers.SGD(0.1), loss, jit_compile=False)
    trainable.fit(tf.data.Dataset.from_tensors(data), shuffle=False, verbose=0)
