from __future__ import annotations

import numpy as np
import pytest
from tensorflow.python.eager import execute

from shared.explain.gradient_guard import guarded


def test_a_failing_explainer_leaves_tensorflows_gradients_alone() -> None:
    original = execute.record_gradient
    with pytest.raises(LookupError, match="shap_Erfc"), guarded(seed=0):
        execute.record_gradient = lambda *_: None  # what shap.DeepExplainer does before it fails
        raise LookupError("gradient registry has no entry for: shap_Erfc")
    assert execute.record_gradient is original


@pytest.mark.filterwarnings(
    "ignore::UserWarning"
)  # shap about TensorFlow 2, Keras about how shap calls the model
def test_a_real_failure_of_the_deep_explainer_is_undone() -> None:
    import keras
    import shap

    inputs = keras.Input((3,))
    model = keras.Model(
        inputs, keras.layers.Dense(1)(keras.layers.Dense(4, activation="gelu")(inputs))
    )
    rows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    original = execute.record_gradient
    with pytest.raises(Exception, match="shap_Erfc"), guarded(seed=0):
        shap.DeepExplainer(model, rows).shap_values(rows)
    assert execute.record_gradient is original


def test_the_seed_reaches_numpys_global_generator() -> None:
    with guarded(seed=11):
        first = np.random.random()
    with guarded(seed=11):
        assert np.random.random() == first
