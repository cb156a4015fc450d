from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax

from shared.model.target import loss, serving_decoder
from shared.targets import Categories

_TARGET = Categories(names=("a", "b", "c"))
_LOGITS = np.array([[2.0, 0.5, -1.0], [0.0, 0.0, 3.0]], np.float32)
_CLASSES = np.array([0, 1], np.int32)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_label_smoothing_shares_its_weight_among_all_classes(smoothing: float) -> None:
    weights = (1.0 - smoothing) * np.eye(3)[_CLASSES] + smoothing / 3.0
    expected = -(weights * log_softmax(_LOGITS.astype(np.float64), axis=-1)).sum(axis=-1)
    losses = loss(_TARGET, smoothing).call(_CLASSES, _LOGITS)
    np.testing.assert_allclose(losses, expected, rtol=1e-6)


def test_the_served_class_is_that_of_the_numpy_twin() -> None:
    served = serving_decoder(_TARGET)(_LOGITS)
    np.testing.assert_array_equal(served["class_index"], _TARGET.decide(_LOGITS))
    np.testing.assert_allclose(served["probabilities"], _TARGET.probabilities(_LOGITS), rtol=1e-5)
