from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.config import TrainConfig
from shared.errors import ConfigError, ContractError
from shared.training.distribution.precision import as_float32, check_precision, computing_in
from tests.shared.training.tiny_training import fit_tiny, make_network, weights_of

MIXED = ("mixed_float16", "mixed_bfloat16")


@pytest.mark.parametrize("precision", MIXED)
def test_half_precision_without_an_accelerator_is_refused_in_words(precision: Any) -> None:
    with pytest.raises(ConfigError, match=rf"train\.precision={precision} is of use on GPUs only"):
        check_precision(TrainConfig(precision=precision))


def test_single_precision_is_accepted_everywhere() -> None:
    check_precision(TrainConfig())


@pytest.mark.parametrize("precision", MIXED)
def test_half_precision_is_accepted_on_a_gpu(
    precision: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        tf.config, "list_physical_devices", lambda kind: ["a GPU"] if kind == "GPU" else []
    )
    check_precision(TrainConfig(precision=precision))


def test_the_policy_holds_inside_only() -> None:
    with computing_in("mixed_bfloat16"):
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    assert keras.layers.Dense(1).compute_dtype == "float32"


@pytest.mark.parametrize("precision", MIXED)
@pytest.mark.parametrize("strategy", ["single", pytest.param("mirrored", marks=pytest.mark.slow)])
def test_half_precision_trains_about_the_same_model(strategy: str, precision: str) -> None:
    with computing_in(precision):
        trained = fit_tiny(strategy)
    assert hasattr(trained.optimizer, "dynamic_scale") == (precision == "mixed_float16")
    exact = weights_of(fit_tiny("single"))
    # bfloat16 keeps 8 bits: 0.4 % a step.
    assert np.abs(weights_of(trained) - exact).max() < 0.1 * np.abs(exact).max()


def test_what_is_saved_computes_in_float32_with_the_trained_weights() -> None:
    with computing_in("mixed_bfloat16"):
        trained = make_network()
    trained.layers[1].bias.assign(np.arange(8.0))
    saved = as_float32(trained, make_network())
    assert {layer.compute_dtype for layer in saved.layers} == {"float32"}
    np.testing.assert_array_equal(saved.layers[1].bias.numpy(), np.arange(8.0))


def test_scores_in_half_precision_break_the_contract() -> None:
    with computing_in("mixed_float16"):
        inputs = keras.Input((4,))
        trained = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    with pytest.raises(
        ContractError,
        match=r"must give float32 scores \(forecasts: float64\) under every train\.precision",
    ):
        as_float32(trained, trained)
