from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from shared.config import TrainConfig
from shared.model.class_losses import SmoothedCrossEntropy
from shared.model.horizon import ForecastLoss
from shared.training.teaching.taught_labels import taught_labels, taught_loss
from shared.training.teaching.taught_losses import TaughtAccuracy, TaughtClasses, TaughtForecasts
from tests.shared.evaluation.predicted_run import CATEGORIES, HORIZON

_GENERATOR = np.random.default_rng(0)
_LOGITS = _GENERATOR.normal(size=(5, 3)).astype(np.float32)
_TEACHER = _GENERATOR.normal(size=(5, 3)).astype(np.float32)
_CLASSES = np.array([0, 1, 2, 0, 1], dtype=np.int32)


def test_classes_follow_the_formula_of_hinton() -> None:
    labels = taught_labels(CATEGORIES, _CLASSES, _TEACHER)
    loss = TaughtClasses(SmoothedCrossEntropy(3, 0.0), 0.25, 3.0)
    truth = -log_softmax(_LOGITS, axis=1)[np.arange(5), _CLASSES]
    soft = -9.0 * (softmax(_TEACHER / 3.0, axis=1) * log_softmax(_LOGITS / 3.0, axis=1)).sum(axis=1)
    expected = 0.75 * truth + 0.25 * soft
    np.testing.assert_allclose(loss.call(labels, _LOGITS), expected, rtol=1e-5)


def test_labels_without_a_teacher_are_judged_by_the_truth_alone() -> None:
    plain = SmoothedCrossEntropy(3, 0.1)
    loss = taught_loss(CATEGORIES, TrainConfig(label_smoothing=0.1), None)
    np.testing.assert_allclose(loss.call(_CLASSES, _LOGITS), plain.call(_CLASSES, _LOGITS))


@pytest.mark.parametrize("labels", [_CLASSES, taught_labels(CATEGORIES, _CLASSES, _TEACHER)])
def test_accuracy_is_of_the_truth(labels: np.ndarray) -> None:
    metric = TaughtAccuracy()
    metric.update_state(labels.astype(np.float32), np.eye(3, dtype=np.float32)[_CLASSES])
    assert float(metric.result()) == 1.0


def test_forecasts_are_drawn_to_each_level_of_the_teacher() -> None:
    scores = _GENERATOR.normal(size=(2, 4, 2, 4))
    teacher = scores + 3.0
    labels = np.stack([scores[..., 0], np.full((2, 4, 2), 0.5)], axis=-1)
    labels[0, :, 1, 1] = 0.0  # not observed
    plain = ForecastLoss(HORIZON.quantiles)
    loss = TaughtForecasts(plain, 0.5)
    taught = np.asarray(loss.call(taught_labels(HORIZON, labels, teacher), scores))
    truth = np.asarray(plain.call(labels, scores))
    # 3 in original units are 1.5 standard deviations
    np.testing.assert_allclose(taught, 0.5 * truth + 0.5 * 1.5**2)
    np.testing.assert_allclose(loss.call(labels, scores), truth)
