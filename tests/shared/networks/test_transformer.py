from __future__ import annotations

from typing import Any

import keras
import numpy as np

from shared.networks.transformer import encoder_block

_TOKENS = np.random.default_rng(0).normal(size=(2, 6, 8)).astype(np.float32)
_MASK = np.array([[1, 1, 1, 0, 0, 0], [0] * 6], np.float32)


def _block() -> Any:
    tokens, mask = keras.Input((6, 8)), keras.Input((6,))
    block = encoder_block(tokens, num_heads=2, dropout=0.1, seed=0, name="block", mask=mask)
    return keras.Model([tokens, mask], block)


def test_tokens_do_not_look_at_what_is_masked() -> None:
    block = _block()
    changed = _TOKENS.copy()
    changed[0, 3:] = 9.0
    seen, again = (np.asarray(block([tokens, _MASK])) for tokens in (_TOKENS, changed))
    np.testing.assert_allclose(seen[0, :3], again[0, :3], atol=1e-6)


def test_a_row_without_tokens_stays_finite() -> None:
    assert np.isfinite(np.asarray(_block()([_TOKENS, _MASK]))).all()


def test_attention_has_no_bias_that_rounding_alone_would_move() -> None:
    names = [variable.path for variable in _block().trainable_variables]
    assert not [name for name in names if "attention" in name and "bias" in name]
