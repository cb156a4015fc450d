from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
import tensorflow as tf

from shared.run.artefacts.train_file import BoundedEstimate
from shared.training.cost.flops import estimate_training_flops, forward_flops
from tests.shared.training.cost.estimates import bounded


def count(shape: tuple[int, ...], layer: Callable[[Any], Any]) -> BoundedEstimate:
    """Operations of a model of one layer."""
    inputs = keras.Input(shape, name="x")
    return forward_flops(
        keras.Model({"x": inputs}, layer(inputs)), {"x": tf.TensorSpec(shape, tf.float32)}
    )


def test_a_convolution_takes_two_operations_for_each_weight_at_each_place() -> None:
    convolution = keras.layers.Conv2D(8, 3, padding="same", use_bias=False)
    counted = count((16, 16, 3), convolution)
    assert counted.value == counted.low == counted.high == 2 * 16 * 16 * 3 * 3 * 3 * 8


def test_a_dense_layer_adds_its_bias() -> None:
    counted = count((20,), keras.layers.Dense(5))
    assert counted.value == 2 * 20 * 5 + 5


def test_attention_counts_its_products_which_the_profiler_leaves_out() -> None:
    attention = keras.layers.MultiHeadAttention(num_heads=2, key_dim=8, use_bias=False)
    counted = count((10, 16), lambda words: attention(words, words))
    projections, products = 4 * 2 * 10 * 16 * 16, 2 * 2 * 10 * 10 * 16
    assert projections + products <= counted.value < 1.1 * (projections + products)


def test_what_a_batch_costs_once_is_not_an_examples_cost() -> None:
    # Of batch normalisation, multiplying and adding are an example's; folding the scale, an
    # addition for each channel, is a batch's.
    counted = count((10, 4), keras.layers.BatchNormalization())
    assert counted.value == 2 * 10 * 4


def test_a_loop_makes_the_count_a_lower_bound_and_says_so() -> None:
    counted = count((10, 4), keras.layers.GRU(3))
    assert counted.high is None
    assert "at least" in counted.method


def test_training_takes_three_forward_passes_for_each_example() -> None:
    training = estimate_training_flops(bounded(100.0, 100.0, 100.0, unit="FLOPs"), 50)
    assert (training.value, training.low, training.high) == pytest.approx((15_000, 10_000, 20_000))
