from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from shared.networks.pooling import AttentionPooling, AttentiveStatisticsPooling, masked_mean

_TOKENS = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
_MASK = np.array([[1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], np.float32)


def test_a_mean_counts_tokens_alone_and_is_zero_where_there_are_none() -> None:
    means = np.asarray(masked_mean(_TOKENS, _MASK))
    np.testing.assert_allclose(means[0], _TOKENS[0, :2].mean(axis=0), rtol=1e-6)
    assert means[1].tolist() == [0.0, 0.0, 0.0]


def test_attention_lies_between_the_tokens_and_does_not_see_others() -> None:
    layer = AttentionPooling(4)
    pooled = np.asarray(layer(_TOKENS, _MASK))
    low, high = _TOKENS[0, :2].min(axis=0), _TOKENS[0, :2].max(axis=0)
    assert ((pooled[0] >= low) & (pooled[0] <= high)).all()
    changed = _TOKENS.copy()
    changed[:, 2:] = 99.0
    np.testing.assert_array_equal(pooled[0], np.asarray(layer(changed, _MASK))[0])
    assert pooled[1].tolist() == [0.0, 0.0, 0.0]


def test_statistics_are_mean_and_deviation_by_the_same_weights() -> None:
    layer = AttentiveStatisticsPooling(4)
    pooled = np.asarray(layer(_TOKENS, _MASK))
    weights = np.asarray(layer.weights_of(_TOKENS, _MASK))
    mean = (weights * _TOKENS).sum(axis=1)
    variance = (weights * _TOKENS**2).sum(axis=1) - mean**2
    np.testing.assert_allclose(pooled[:, :3], mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(pooled[0, 3:], np.sqrt(variance[0] + 1e-4), rtol=1e-4)
    assert weights[0, :2].sum() == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("pooling", [AttentionPooling, AttentiveStatisticsPooling])
def test_other_tokens_are_not_seen_in_half_precision_either(pooling: Any) -> None:
    layer = pooling(4, dtype="mixed_float16")
    changed = _TOKENS.copy()
    changed[:, 2:] = 99.0
    pooled, other = (np.asarray(layer(tokens, _MASK)) for tokens in (_TOKENS, changed))
    assert np.isfinite(pooled).all()
    np.testing.assert_array_equal(pooled, other)


def test_a_deviation_has_a_slope_where_a_single_token_counts() -> None:
    layer = AttentiveStatisticsPooling(4)
    tokens = tf.constant(_TOKENS)
    with tf.GradientTape() as tape:
        tape.watch(tokens)
        pooled = layer(tokens, np.eye(5, dtype=np.float32)[:2])
    assert np.isfinite(tape.gradient(pooled, tokens)).all()
