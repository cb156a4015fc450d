from __future__ import annotations

import numpy as np

from shared.networks.pooling import AttentionPooling, masked_mean

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
