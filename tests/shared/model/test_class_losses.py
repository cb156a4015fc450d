from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from shared.model.class_losses import (
    BalancedLoss,
    FocalCrossEntropy,
    SmoothedCrossEntropy,
    with_class_shares,
)
from tests.shared.targets.decision_rules import PRIOR, imbalanced

_LOGITS = np.array([[2.0, 0.5, -1.0], [0.0, 0.0, 3.0]], np.float32)
_CLASSES = np.array([0, 1], np.int32)
_LOG_SHARES: list[float] = np.log(PRIOR).tolist()
_WEIGHTS = (1.0 / (3.0 * np.array(PRIOR))).tolist()
_PLAIN = SmoothedCrossEntropy(3, 0.0)


def test_focal_losses_are_those_of_the_paper() -> None:
    logs = log_softmax(_LOGITS.astype(np.float64), axis=-1)[[0, 1], _CLASSES]
    expected = -((1.0 - np.exp(logs)) ** 2.0) * logs
    found = FocalCrossEntropy(3, 0.0, gamma=2.0).call(_CLASSES, _LOGITS)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    plain = FocalCrossEntropy(3, 0.1, gamma=0.0).call(_CLASSES, _LOGITS)
    smoothed = SmoothedCrossEntropy(3, 0.1).call(_CLASSES, _LOGITS)
    np.testing.assert_allclose(plain, smoothed, rtol=1e-5)


def test_a_balanced_loss_weighs_rows_by_their_class_and_takes_its_shares_off() -> None:
    found = BalancedLoss(_PLAIN, _LOG_SHARES, _WEIGHTS).call(_CLASSES, _LOGITS)
    logs = log_softmax(_LOGITS - np.log(PRIOR), axis=-1)[[0, 1], _CLASSES]
    np.testing.assert_allclose(found, -logs * np.array(_WEIGHTS)[_CLASSES], rtol=1e-5)


def _fitted(loss: keras.losses.Loss) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Natural logits of a linear model, which can tell the true odds, fitted to 4,000 rows."""
    scores, targets = imbalanced(0, 4000)
    features = tf.constant(_features(scores))

    @tf.function
    def judge(parameters: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            own = features @ tf.reshape(parameters[3:], (3, 3)) + parameters[:3]
            found = tf.reduce_mean(loss.call(targets, own + tf.constant(_LOG_SHARES)))
        return found, tape.gradient(found, parameters)

    def objective(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = judge(tf.constant(parameters, tf.float32))
        return float(value), gradient.numpy().astype(np.float64)

    best: NDArray[np.float64] = minimize(objective, np.zeros(12), jac=True, method="L-BFGS-B").x
    offsets: NDArray[np.float64] = best[:3] + np.array(_LOG_SHARES)

    def natural(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        emitted = rows @ best[3:].reshape(3, 3) + offsets
        return np.asarray(emitted, dtype=np.float32)

    return natural


def _features(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    # Differences of true log odds, without the shares: what rows look like, not how frequent.
    odds: NDArray[np.float32] = scores - np.array(_LOG_SHARES, dtype=np.float32)
    centred: NDArray[np.float32] = odds - odds.mean(axis=1, keepdims=True)
    return centred


def _log_loss(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    logs = log_softmax(logits.astype(np.float64), axis=-1)
    return -float(logs[np.arange(len(targets)), targets].mean())


_OBJECTIVES: dict[str, Callable[[], keras.losses.Loss]] = {
    "logit_adjusted": lambda: _PLAIN,
    "class_weighted": lambda: BalancedLoss(_PLAIN, _LOG_SHARES, _WEIGHTS),
}


@pytest.mark.parametrize("objective", _OBJECTIVES)
def test_probabilities_are_those_of_the_data_though_classes_are_learned_alike(
    objective: str,
) -> None:
    network = _fitted(_OBJECTIVES[objective]())
    scores, targets = imbalanced(1, 4000)
    emitted = network(_features(scores))
    truth = _log_loss(scores, targets)
    assert _log_loss(emitted, targets) < truth + 0.02
    # Without the shares, as the network itself learned it, probabilities are those of other data,
    balanced = emitted - np.log(PRIOR).astype(np.float32)
    assert _log_loss(balanced, targets) > truth + 0.1
    # and the largest logit is the balanced decision.
    recalls = [(balanced.argmax(axis=1) == c)[targets == c].mean() for c in range(3)]
    usual = [(emitted.argmax(axis=1) == c)[targets == c].mean() for c in range(3)]
    assert np.mean(recalls) > np.mean(usual) + 0.1


def test_class_shares_survive_saving(tmp_path_factory: pytest.TempPathFactory) -> None:
    features = keras.Input((3,), name="x")
    network = keras.Model({"x": features}, keras.layers.Dense(3, name="head")(features))
    shared = with_class_shares(network, _LOG_SHARES)
    path = tmp_path_factory.mktemp("model") / "model.keras"
    shared.save(path)
    rows = {"x": _LOGITS}
    again = keras.saving.load_model(path)
    np.testing.assert_allclose(again(rows), network(rows) + np.log(PRIOR), rtol=1e-5)
    assert [layer.name for layer in again.layers][-2:] == ["head", "class_shares"]
